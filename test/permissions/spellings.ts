/** The ways to spell a path from a place that a key may reach to one that it may not. */

/** Spells the way from the folder `from` (empty, or ending in `/`) to `to`, which climbs out by `up` folders. */
type Spelling = (from: string, up: number, to: string) => string;

const climb = (one: string, between = '/'): Spelling => {
  return (from, up, to) => `${from}${Array(up).fill(one).join(between)}${between}${to}`;
};

/** Each with its name in the tests; `..` is climbed once for each component of the folder. */
export const SPELLINGS: Readonly<Record<string, Spelling>> = {
  '..': climb('..'),
  './..': climb('./..'),
  '/..': climb('/..'),
  '../.': climb('../.'),
  '..//': climb('..', '//'),
  'x/../..': climb('x/../..'),
  backslashes: climb('..', '\\'),
  'a backslash and a slash': climb('..\\', '/'),
  'a blank after the dots': climb('.. '),
  'a tab before the dots': climb('\t..'),
  'three dots': climb('...'),
  'a semicolon': climb('..;'),
  'a zero byte': climb('..\0'),
  'dots in percents': climb('%2e%2e'),
  'dots in percents twice': climb('%252e%252e'),
  'slashes in percents': climb('..', '%2f'),
  'two dot leader': climb('\u2025'),
  'full width dots': climb('\uff0e\uff0e'),
  'full width slash': climb('..', '\uff0f'),
  'a leading slash': (from, up, to) => `/${climb('..')(from, up, to)}`,
  'two leading slashes': (from, up, to) => `//${climb('..')(from, up, to)}`,
  'a leading dot': (from, up, to) => `./${climb('..')(from, up, to)}`,
  'a trailing slash': (from, up, to) => `${climb('..')(from, up, to)}/`,
  'a trailing dot': (from, up, to) => `${climb('..')(from, up, to)}/.`,
  "MinIO's name of a folder": (from, up, to) => `${climb('..')(from, up, to)}__XLDIR__`,
  'the folder itself, dotted': (from) => `${from}.`,
  'the folder itself, slashed and dotted': (from) => `${from}/.`,
  'the folder itself, climbed to': (from) => `${from}x/..`,
  'nothing but the way up': (from, up) => `${from}${Array(up).fill('..').join('/')}`,
};

/** The ways to send a path: by RFC 3986, and each other that a server may decode once. */
export const SENT: Readonly<Record<string, (encodedPath: string) => string>> = {
  'as it is': (path) => path,
  'dots encoded': (path) => path.replaceAll('.', '%2E'),
  'slashes encoded': (path) => path.replaceAll('/', (slash, at: number) => (at === 0 ? slash : '%2F')),
};
