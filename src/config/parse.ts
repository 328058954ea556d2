import { parseDurationMs } from '../api/duration.ts';

/** What the text of a setting says; undefined where it isn't right. */

/** A whole number, in decimal digits. */
export function integer(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** In ms, of whole seconds: `90s`, `1h30m`. */
export function duration(text: string, leastMs: number, mostMs: number): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

/** In ms; beside whole seconds, also `500ms`. */
export function shortDuration(text: string, leastMs: number, mostMs: number): number | undefined {
  const ms = /^[0-9]{1,6}ms$/.test(text) ? Number.parseInt(text, 10) : parseDurationMs(text);
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

/** Where to listen. */
export interface ListenAddress {
  /** undefined: every address of the machine. */
  readonly host: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

/** `:8080`, `127.0.0.1:8080`, `[::1]:8080`. */
export function listenAddress(text: string): ListenAddress | undefined {
  const { host, port } =
    /^(?<host>[a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\]):(?<port>[0-9]{1,5})$/.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, '') || undefined, port: Number(port) };
}

/** `true` or `false`. */
export function boolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** The name of a namespace or a pod (RFC 1123), of at most that many characters. */
export function dnsName(text: string, most: number): string | undefined {
  return text.length <= most && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text) ? text : undefined;
}

/** A list of namespaces, separated by commas, each once; undefined where one of them isn't a namespace's name (RFC 1123). */
export function namespaces(text: string): string[] | undefined {
  const list = text === '' ? [] : text.split(',').map((one) => one.trim());
  return list.every((one) => one.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(one))
    ? [...new Set(list)]
    : undefined;
}

/** A list of endpoints, separated by commas; undefined where one of them isn't a scheme, a host and perhaps a port. */
export function endpoints(text: string): string[] | undefined {
  const list = text === '' ? [] : text.split(',').map((one) => one.trim());
  return list.every((one) => one === '*' || /^https?:\/\/[A-Za-z0-9.*-]+(:[0-9*]{1,5})?$/.test(one))
    ? list
    : undefined;
}

/**
 * A list of names, or of beginnings of names that end in `*`, separated by commas, each once; undefined where one of them
 * is neither, or names what is refused in any case.
 */
export function patterns(text: string, isRefused: (name: string) => boolean): string[] | undefined {
  const list = text === '' ? [] : text.split(',').map((one) => one.trim());
  return list.every(
    (one) => /^(?:[A-Za-z0-9._/-]+[*]?|[*])$/.test(one) && one.length <= 317 && !isRefused(one),
  )
    ? [...new Set(list)]
    : undefined;
}
