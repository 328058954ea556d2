/** Copies of one AccessKey's stored objects, with other names. */

/** The texts in which two AccessKeys that ask for the same differ. */
export type Identity = Readonly<Record<(typeof TEXTS)[number], string>>;

/** The policy's name has the AccessKey's name in it, so it comes first. */
const TEXTS = [
  'policy',
  'policyDigest',
  'pairDigest',
  'accessKeyUid',
  'secretUid',
  'accessKeyId',
  'secretAccessKey',
  'name',
] as const;

/**
 * Returns a copy of a stored object, in which one identity takes the place of the other. Each text has the length of
 * the one that it replaces, so the copy is as valid in protobuf, which says lengths, as in JSON.
 * @throws Error if a length differs
 */
export function copyOf(stored: Buffer, from: Identity, to: Identity): Buffer {
  let text = stored.toString('latin1');
  for (const name of TEXTS) {
    if (from[name].length !== to[name].length) throw new Error(`another length of ${name}`);
    text = text.replaceAll(from[name], to[name]);
  }
  return Buffer.from(text, 'latin1');
}
