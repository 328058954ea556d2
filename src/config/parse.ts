import { parseDurationMs } from '../api/duration.ts';

/** Parsers of the settings' texts. Each returns undefined for an invalid text. */

/** Parses a whole number in decimal digits. */
export function integer(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** Parses whole seconds into ms: `90s`, `1h30m`. */
export function duration(text: string, leastMs: number, mostMs: number): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

/** Parses whole seconds, or `500ms`, into ms. */
export function shortDuration(text: string, leastMs: number, mostMs: number): number | undefined {
  const ms = /^[0-9]{1,6}ms$/.test(text) ? Number.parseInt(text, 10) : parseDurationMs(text);
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

/** An address to listen at. */
export interface ListenAddress {
  /** undefined: every address of the machine. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

/** Parses `:8080`, `127.0.0.1:8080` or `[::1]:8080`. */
export function listenAddress(text: string): ListenAddress | undefined {
  const { host, port } =
    /^(?<host>[a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\]):(?<port>[0-9]{1,5})$/.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, '') || undefined, port: Number(port) };
}

/** Parses `true` or `false`. */
export function boolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Parses the name of a namespace or a pod (RFC 1123), of at most `max` characters. */
export function dnsName(text: string, max: number): string | undefined {
  return text.length <= max && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text) ? text : undefined;
}

/**
 * Parses a comma-separated list of namespaces and removes duplicates. Returns undefined if one of them isn't
 * a namespace's name (RFC 1123).
 */
export function namespaces(text: string): string[] | undefined {
  const list = text === '' ? [] : text.split(',').map((one) => one.trim());
  return list.every((one) => one.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(one))
    ? [...new Set(list)]
    : undefined;
}

/**
 * Parses a comma-separated list of endpoints. Returns undefined if one of them isn't a scheme, a host and
 * perhaps a port.
 */
export function endpoints(text: string): string[] | undefined {
  const list = text === '' ? [] : text.split(',').map((one) => one.trim());
  return list.every((one) => one === '*' || /^https?:\/\/[A-Za-z0-9.*-]+(:[0-9*]{1,5})?$/.test(one))
    ? list
    : undefined;
}

/**
 * Parses a comma-separated list of names, or of prefixes that end in `*`, and removes duplicates. Returns
 * undefined if one of them is neither, or names what the operator always refuses.
 */
export function patterns(text: string, isRefused: (name: string) => boolean): string[] | undefined {
  const list = text === '' ? [] : text.split(',').map((one) => one.trim());
  return list.every(
    (one) => /^(?:[A-Za-z0-9._/-]+[*]?|[*])$/.test(one) && one.length <= 317 && !isRefused(one),
  )
    ? [...new Set(list)]
    : undefined;
}
