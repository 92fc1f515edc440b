import type { Store } from '../../store/store';
import { authenticate, type CallerPlace } from '../core/caller';
import type { Authenticate } from './authenticate';

/** Everybody with a token of their own, or one of an issuer: what `sluice login` takes, the codec server takes, too. */
export function people(store: Pick<Store, 'identity'>, place: CallerPlace): Authenticate {
  return async (bearer) => {
    const { by, roles, scopes } = await authenticate(store, { token: bearer }, place);
    return { by, roles, scopes };
  };
}
