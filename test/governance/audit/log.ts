import { newPrivateKey, signingKey, type SigningKey } from '../../../governance/audit/keys';
import { openStore, type Store } from '../../../store/store';
import { testDatabase, type TestDatabase } from '../../support/postgres';

export interface TestLog {
  database: TestDatabase;
  store: Store;
  key: SigningKey;
  /** By key id. */
  trusted: Map<string, string>;
  close(): Promise<void>;
}

/** A store with `entries` entries in its audit log. */
export async function testLog(name: string, entries = 0): Promise<TestLog> {
  const database = await testDatabase(name, { ledger: false });
  const store = await openStore(database.url);
  const key = signingKey(newPrivateKey());
  for (let nth = 1; nth <= entries; nth += 1)
    await store.record.event(`run-${nth}`, 'admitted', 'ann', { nth, goal: 'g' });
  return {
    database,
    store,
    key,
    trusted: new Map([[key.keyId, key.publicKey]]),
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}
