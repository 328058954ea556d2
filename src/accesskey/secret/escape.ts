import type { Escape } from '../../api/secret-keys.ts';

/**
 * Characters that mc and the readers of INI files take literally at every place of a value. None of them
 * ends, quotes, comments or expands anything there. None of these formats has an escape that all of its
 * readers know.
 */
const PLAIN = /^[A-Za-z0-9/+=._~-]+$/;

/** The escapes that a template can name. Without one, the operator writes the value as it is. */
export const ESCAPED: Readonly<Record<Escape, (value: string) => string>> = {
  /** Returns a JSON string with its quotes (RFC 8259, 7). */
  json: (value) => JSON.stringify(value.toWellFormed()),
  /** Percent-encodes all but unreserved characters (RFC 3986, 2.3). */
  uri: (value) =>
    encodeURIComponent(value.toWellFormed()).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
};

/** True if a value can stand in every format without an escape. */
export function isPlain(value: string): boolean {
  return PLAIN.test(value);
}

/** True if a value has a line break or another control character, which could add a line to a file. */
export function hasControl(value: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
}
