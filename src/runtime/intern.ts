/**
 * Lets an object that was just parsed hold the very parts of another one where both are equal, so that thousands of
 * objects that are alike hold what they have in common once.
 * @param before is left as it is, and may be anything
 * @param next plain data that nobody else holds yet: its parts are replaced in place
 * @returns `next`, or `before` where all of it is equal
 */
export function sharing<T>(before: unknown, next: T): T {
  return shared(before, next) as T;
}

function shared(before: unknown, next: unknown): unknown {
  // Of equal strings the older one stays.
  if (before === next) return before;
  if (!isContainer(next) || !isContainer(before) || Array.isArray(next) !== Array.isArray(before))
    return next;
  const names = Object.keys(next);
  let equal = names.length === Object.keys(before).length;
  for (const name of names) {
    // What every object inherits (`__proto__`) is no part of it.
    const part = Object.hasOwn(before, name) ? shared(before[name], next[name]) : next[name];
    next[name] = part;
    equal &&= Object.hasOwn(before, name) && part === before[name];
  }
  return equal ? before : next;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
