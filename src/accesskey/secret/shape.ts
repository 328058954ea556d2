import { hash } from 'node:crypto';

type Texts = Readonly<Record<string, string>>;

/** What spec.secretTemplate adds to a Secret. */
export interface Shape {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly data: Texts;
  /** A digest of all of it with another pair in its place: it changes with what the shape follows from, but not with the pair. */
  readonly source: string;
  /** Why a part of the template isn't in it, with the remedy; undefined where all of it is. */
  readonly withheld: string | undefined;
}

/** True if the Secret holds nothing beside the pair. */
export function isBare({ labels, annotations, data }: Shape): boolean {
  return [labels, annotations, data].every((texts) => Object.keys(texts).length === 0);
}

/** Returns a digest of texts under their keys, whatever their order. Only for what has a pair of the operator's making in it, or no secret. */
export function textsDigest(texts: Texts): string {
  return digestOf(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns a digest of a value's JSON. */
export function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url');
}
