import { hash } from 'node:crypto';

type Texts = Readonly<Record<string, string>>;

/** The additions of spec.secretTemplate to a Secret. */
export interface Shape {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly data: Texts;
  /**
   * A digest of the whole shape with a placeholder pair. It changes with what the shape follows from, but not
   * with the pair.
   */
  readonly source: string;
  /**
   * The reason why the operator leaves out a part of the template, with the remedy; undefined if it leaves
   * out nothing.
   */
  readonly withheld: string | undefined;
}

/** True if the Secret holds nothing beside the pair. */
export function isBare({ labels, annotations, data }: Shape): boolean {
  return [labels, annotations, data].every((texts) => Object.keys(texts).length === 0);
}

/**
 * Returns a digest of texts under their keys, independent of their order. Use it only for texts that hold a
 * pair of the operator's making, or no secret.
 */
export function textsDigest(texts: Texts): string {
  return digestOf(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns a digest of a value's JSON. */
export function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url');
}
