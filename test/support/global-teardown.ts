export default async function teardown(): Promise<void> {
  await Promise.all((globalThis.sluiceTestServers ?? []).map((server) => server.stop()));
}
