/**
 * Keeps what `read` gives for `ms`; who asks meanwhile waits for the same read. A read that fails isn't kept.
 * `fresh` reads again in any case.
 */
export function cachedFor<T>(
  ms: number,
  now: () => number,
  read: () => Promise<T>,
): (options?: { readonly fresh?: boolean }) => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return ({ fresh = false } = {}) => {
    if (last !== undefined && !fresh && now() - last.at < ms) return last.value;
    const current = { at: now(), value: read() };
    last = current;
    current.value.catch(() => {
      if (last === current) last = undefined;
    });
    return current.value;
  };
}
