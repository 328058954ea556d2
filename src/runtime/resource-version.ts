const WELL_FORMED = /^[1-9][0-9]*$/;

/**
 * Compares two resourceVersions of the same resource as integers of any length, which KEP-5504 (Kubernetes
 * 1.35) allows.
 * @returns below 0, 0 or above 0; undefined if one of them isn't such an integer, so that they have no
 * known order
 */
function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!WELL_FORMED.test(a) || !WELL_FORMED.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/** True if `a` is known to be older than `b`. Of versions without an order, neither is. */
export function isOlder(a: string, b: string): boolean {
  return (compareResourceVersions(a, b) ?? 0) < 0;
}

/**
 * True if `a` is newer. Versions without an order count as newer: better to take one in twice than to miss
 * it.
 */
export function isNewer(a: string, b: string): boolean {
  return (compareResourceVersions(a, b) ?? 1) > 0;
}
