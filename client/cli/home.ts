import { findHome } from '../../runtime/home';
import type { Terminal } from './terminal';

export const homeOf = ({ surroundings: { cwd, env } }: Terminal): string => findHome(cwd, env);
