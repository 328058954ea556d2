/** Scheme, host (a DNS name, an IPv4 address, or an IPv6 address in brackets) and port. RE2's syntax too. */
export const ENDPOINT =
  /^https?:[/]{2}(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/;
export const ENDPOINT_MAX_LENGTH = 512;

/** True if a text could be a store's endpoint. */
export function isEndpoint(text: string): boolean {
  return text.length <= ENDPOINT_MAX_LENGTH && ENDPOINT.test(text);
}
