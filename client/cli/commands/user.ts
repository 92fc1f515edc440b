import { identityOf, Management } from '../../../governance/identity/manage';
import type { UserRow } from '../../../store/identity/users';
import { callerAt } from '../caller';
import { renderUsers } from '../render/identity';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface UserAddOptions {
  role?: string[];
  oidc?: string[];
}

/** `sluice user add NAME` */
export function userAdd(terminal: Terminal, name: string, options: UserAddOptions): Promise<CommandResult> {
  const identities = (options.oidc ?? []).map(identityOf);
  return managing(terminal, async (management) =>
    said(await management.addUser(name, options.role ?? [], identities), `${name} is a user now.`),
  );
}

/** `sluice user list`: `--json` gives `{users: […]}`. */
export function userList(terminal: Terminal): Promise<CommandResult> {
  return withStore(terminal, async ({ store }) => {
    const users = await store.identity.users.list();
    return { document: { users: users.map(shown) }, text: renderUsers(users, terminal.out), exitCode: 0 };
  });
}

/** `sluice user remove NAME` */
export function userRemove(terminal: Terminal, name: string): Promise<CommandResult> {
  return managing(terminal, async (management) => {
    await management.removeUser(name);
    const document = { name, removed: true };
    return { document, text: `${name} is no user any more; their tokens are gone.`, exitCode: 0 };
  });
}

export interface UserRoleOptions {
  add?: string[];
  remove?: string[];
}

/** `sluice user role NAME --add R --remove R` */
export function userRole(terminal: Terminal, name: string, options: UserRoleOptions): Promise<CommandResult> {
  return managing(terminal, async (management) => {
    const user = await management.changeRoles(name, options.add ?? [], options.remove ?? []);
    return said(user, `${name} has ${user.roles.length === 0 ? 'no role' : user.roles.join(', ')}.`);
  });
}

/** `sluice user link NAME ISSUER#SUB` */
export function userLink(terminal: Terminal, name: string, identity: string): Promise<CommandResult> {
  return managing(terminal, async (management) =>
    said(await management.link(name, identityOf(identity)), `Who signs in as ${identity} is ${name}.`),
  );
}

/** `sluice user unlink NAME ISSUER#SUB` */
export function userUnlink(terminal: Terminal, name: string, identity: string): Promise<CommandResult> {
  return managing(terminal, async (management) =>
    said(await management.unlink(name, identityOf(identity)), `${identity} is not ${name} any more.`),
  );
}

function managing(
  terminal: Terminal,
  work: (management: Management) => Promise<CommandResult>,
): Promise<CommandResult> {
  return withStore(terminal, async (at) => {
    const caller = await callerAt(terminal, at, 'admin', 'managing users');
    return work(await Management.as(at.store, caller));
  });
}

const shown = ({ addedAt, ...user }: UserRow): object => ({ ...user, addedAt: addedAt.toISOString() });

const said = (user: UserRow, text: string): CommandResult => ({ document: shown(user), text, exitCode: 0 });
