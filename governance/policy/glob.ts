/**
 * Whether a whole name fits a glob: `*` stands for any characters, everything else for itself, as Cedar's `like` has
 * it. Takes at most glob x name steps, whatever the glob.
 */
export function fits(glob: string, name: string): boolean {
  let g = 0;
  let n = 0;
  // Where the last `*` stands, and how much of the name it has taken so far.
  let star = -1;
  let taken = 0;
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++;
      taken = n;
    } else if (g < glob.length && glob[g] === name[n]) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++taken;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

/**
 * Whether some name fits both, the second being a glob of files: what `?`, `[…]`, `{…}` in it stand for is taken for
 * anything. Takes at most glob x glob steps.
 */
export function mayMeet(glob: string, files: string): boolean {
  const other = files.replace(/\{[^}]*\}|\[[^\]]*\]|[!+@]?\([^)]*\)|\?/g, '*');
  // reach[j]: what is before i in `glob` and before j in `other` can be the same text.
  let reach = new Array<boolean>(other.length + 1).fill(false);
  reach[0] = true;
  for (let i = 0; i <= glob.length; i++) {
    const next = new Array<boolean>(other.length + 1).fill(false);
    for (let j = 0; j <= other.length; j++) {
      if (!reach[j]) continue;
      // A star takes any character of the other side, or ends.
      if (j < other.length && (glob[i] === '*' || other[j] === '*')) reach[j + 1] = true;
      if (i === glob.length) continue;
      if (glob[i] === '*' || other[j] === '*') next[j] = true;
      if (glob[i] === other[j]) next[j + 1] = true;
    }
    if (i === glob.length) return reach[other.length]!;
    reach = next;
  }
  return false;
}
