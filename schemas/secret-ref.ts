import { z } from 'zod';

/** A reference to a secret; the only thing a credential field accepts. */
export const secretRefSchema = z
  .string()
  .regex(
    /^secret:\/\/([A-Za-z_][A-Za-z0-9_.-]{0,127}|vault\/[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,19}(#[A-Za-z0-9_.-]{1,128})?)$/,
    'a reference like secret://name; a literal is refused',
  );
