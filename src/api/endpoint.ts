/**
 * Scheme, host (a DNS name, an IPv4 address, or an IPv6 address in brackets) and port. RE2 can read it too.
 */
export const ENDPOINT =
  /^https?:[/]{2}(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/;

/** The maximum length of an endpoint. */
export const ENDPOINT_MAX_LENGTH = 512;

/** True if a text can be a store's endpoint. */
export function isEndpoint(text: string): boolean {
  return text.length <= ENDPOINT_MAX_LENGTH && ENDPOINT.test(text);
}

/**
 * Returns the one spelling of an endpoint: the host in lowercase, and no port if it is the scheme's default.
 * Returns a text that is no endpoint unchanged.
 */
export function canonicalEndpoint(endpoint: string): string {
  return isEndpoint(endpoint) ? (URL.parse(endpoint)?.origin ?? endpoint) : endpoint;
}

/** True if both spellings mean the same endpoint. */
export function isSameEndpoint(one: string, other: string): boolean {
  return one === other || canonicalEndpoint(one) === canonicalEndpoint(other);
}
