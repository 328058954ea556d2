/**
 * Caches the result of `read` for `ms` milliseconds. Callers in between share one read. It doesn't cache a
 * failure. `fresh` always reads again.
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
