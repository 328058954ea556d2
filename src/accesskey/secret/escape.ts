import type { Escape } from '../../api/secret-keys.ts';

/**
 * What mc and the readers of INI files take as it stands, at every place of a value: none of it ends, quotes, comments
 * or expands anything there, and none of these formats has an escape that all of its readers know.
 */
const PLAIN = /^[A-Za-z0-9/+=._~-]+$/;

/** How a value is written where a template says so; without an escape it is written as it is. */
export const ESCAPED: Readonly<Record<Escape, (value: string) => string>> = {
  /** A JSON string with its quotes (RFC 8259, 7). */
  json: (value) => JSON.stringify(value.toWellFormed()),
  /** All but unreserved characters percent-encoded (RFC 3986, 2.3). */
  uri: (value) =>
    encodeURIComponent(value.toWellFormed()).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
};

/** Whether a value can stand in every format without an escape. */
export function isPlain(value: string): boolean {
  return PLAIN.test(value);
}

/** Whether a value has a line break or another control character: one that could add a line to a file. */
export function hasControl(value: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
}
