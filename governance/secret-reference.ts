/** What a reference names. */
export interface SecretName {
  /** As in `secret://name`; of one in Vault, all that stands behind `vault/`. */
  name: string;
  /** Of `secret://vault/path#field` only: below the mount. */
  path?: string;
  field?: string;
}

const NAME = /^secret:\/\/([A-Za-z_][A-Za-z0-9_.-]{0,127})$/;
const IN_VAULT =
  /^secret:\/\/vault\/([A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,19})(?:#([A-Za-z0-9_.-]{1,128}))?$/;

/** `undefined` for what is no reference. */
export function parseReference(reference: string): SecretName | undefined {
  const name = NAME.exec(reference)?.[1];
  if (name !== undefined) return { name };
  const found = IN_VAULT.exec(reference);
  if (!found) return undefined;
  const [, path, field] = found as unknown as [string, string, string | undefined];
  return { name: field === undefined ? path : `${path}#${field}`, path, ...(field ? { field } : {}) };
}
