/**
 * Makes a newly parsed object share each part that equals the same part of another one. Thousands of similar
 * objects then store their common parts once.
 * @param before stays unchanged, and may be anything
 * @param next plain data that no other code holds yet; its parts are replaced in place
 * @returns `next`, or `before` if the two are equal
 */
export function intern<T>(before: unknown, next: T): T {
  return internPart(before, next) as T;
}

function internPart(before: unknown, next: unknown): unknown {
  // Of equal strings, keep the older one.
  if (before === next) return before;
  if (!isContainer(next) || !isContainer(before) || Array.isArray(next) !== Array.isArray(before))
    return next;
  const names = Object.keys(next);
  let equal = names.length === Object.keys(before).length;
  for (const name of names) {
    // Inherited properties (`__proto__`) are no parts of the object.
    const part = Object.hasOwn(before, name) ? internPart(before[name], next[name]) : next[name];
    next[name] = part;
    equal &&= Object.hasOwn(before, name) && part === before[name];
  }
  return equal ? before : next;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
