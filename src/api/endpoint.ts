/** Scheme, host (a DNS name, an IPv4 address, or an IPv6 address in brackets) and port. RE2's syntax too. */
export const ENDPOINT =
  /^https?:[/]{2}(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/;
export const ENDPOINT_MAX_LENGTH = 512;

/** True if a text could be a store's endpoint. */
export function isEndpoint(text: string): boolean {
  return text.length <= ENDPOINT_MAX_LENGTH && ENDPOINT.test(text);
}

/**
 * Returns the one spelling of an endpoint: the host in lower case, and no port where it is the scheme's own. A text that is
 * no endpoint comes back as it is.
 */
export function canonicalEndpoint(endpoint: string): string {
  return isEndpoint(endpoint) ? (URL.parse(endpoint)?.origin ?? endpoint) : endpoint;
}

/** True if both lead to the same place, however they are spelled. */
export function isSameEndpoint(one: string, other: string): boolean {
  return one === other || canonicalEndpoint(one) === canonicalEndpoint(other);
}
