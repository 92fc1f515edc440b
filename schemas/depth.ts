/** No document that people write is nested so deep; what is, would end whoever goes through it step by step. */
export const DEEPEST = 100;
/** Values in it, counted as often as they are reached: aliases of YAML can make few letters into many. */
const MOST = 200_000;

/** Whether a value is nested too deep, refers to itself, or grows without bound; found out without recursion. */
export function isBottomless(value: unknown): boolean {
  const open: [value: unknown, depth: number][] = [[value, 0]];
  for (let seen = 0; open.length > 0; seen += 1) {
    const [each, depth] = open.pop()!;
    if (depth > DEEPEST || seen > MOST) return true;
    if (typeof each !== 'object' || each === null) continue;
    for (const below of Object.values(each)) open.push([below, depth + 1]);
  }
  return false;
}
