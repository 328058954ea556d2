import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The lengths of the salt and of the nonce. */
export const SALT_BYTES = 32;
export const NONCE_BYTES = 8;
const ID_OFFSET = SALT_BYTES;
const NONCE_OFFSET = ID_OFFSET + 1;

/** The length of the header. */
export const HEADER_BYTES = NONCE_OFFSET + NONCE_BYTES;
const FRAGMENT_BYTES = 16384;
const TAG_BYTES = 16;

/** The length of a full fragment with its tag. */
export const SEALED_FRAGMENT_BYTES = FRAGMENT_BYTES + TAG_BYTES;
/** Sealed data always has a last fragment, even if it is empty. */
export const MIN_SEALED_BYTES = HEADER_BYTES + TAG_BYTES;
const NOT_LAST = 0x00;
const LAST = 0x80;

/** A cipher of sealed data, by Node's name. */
export type Cipher = 'aes-256-gcm' | 'chacha20-poly1305';

/** The part before the fragments: the salt of the key, the id of its derivation and cipher, the nonce. */
export interface Header {
  readonly salt: Buffer;
  readonly id: number;
  readonly nonce: Buffer;
}

/**
 * The error of data that isn't sealed, was cut off or changed, or was sealed with another secret. It reveals
 * nothing of the content.
 */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/**
 * Seals data as the MinIO administration API expects it: `salt || id || nonce || fragment…`. The fragments
 * are those of sio-go v0.3.1 (a DARE-like stream of 16 KiB pieces). Fragment n has the nonce `nonce ||
 * uint32le(n)`, n from 1. Its associated data is 0x00, or 0x80 for the last, followed by the tag of an empty
 * message under n = 0. There always is a last fragment, even if it is empty. `key` is 32 bytes, and the
 * caller must never use `header` with it twice.
 */
export function sealFrames(cipher: Cipher, key: Buffer, header: Header, data: Buffer): Buffer {
  const headTag = sealFragment(cipher, key, fragmentNonce(header.nonce, 0), undefined, Buffer.alloc(0));
  const pieces = [header.salt, Buffer.of(header.id), header.nonce];
  const count = Math.max(1, Math.ceil(data.length / FRAGMENT_BYTES));
  for (let number = 1; number <= count; number += 1) {
    const piece = data.subarray((number - 1) * FRAGMENT_BYTES, number * FRAGMENT_BYTES);
    const aad = associatedData(number === count, headTag);
    pieces.push(sealFragment(cipher, key, fragmentNonce(header.nonce, number), aad, piece));
  }
  return Buffer.concat(pieces);
}

/** Reads the header of sealed data. Throws `UnsealError` for data that is too short to be sealed. */
export function readHeader(sealed: Buffer): Header {
  if (sealed.length < MIN_SEALED_BYTES) throw new UnsealError('too short for sealed data');
  return {
    salt: sealed.subarray(0, SALT_BYTES),
    id: sealed.readUInt8(ID_OFFSET),
    nonce: sealed.subarray(NONCE_OFFSET, HEADER_BYTES),
  };
}

/**
 * Opens the output of `sealFrames` with the key of its header. Throws `UnsealError`, and never returns a
 * part.
 */
export function openFrames(cipher: Cipher, key: Buffer, sealed: Buffer): Buffer {
  const openNext = createFragmentOpener(cipher, key, readHeader(sealed));
  const fragments = sealed.subarray(HEADER_BYTES);
  const pieces: Buffer[] = [];
  for (let from = 0; from < fragments.length; from += SEALED_FRAGMENT_BYTES) {
    const to = from + SEALED_FRAGMENT_BYTES;
    pieces.push(openNext(fragments.subarray(from, to), to >= fragments.length));
  }
  return Buffer.concat(pieces);
}

/**
 * Opens the fragments of sealed data in order. It verifies each as it opens it. Only the last one proves that
 * nothing is missing, so a reader must not act on any before.
 */
export function createFragmentOpener(
  cipher: Cipher,
  key: Buffer,
  { nonce }: Header,
): (fragment: Buffer, last: boolean) => Buffer {
  const headTag = sealFragment(cipher, key, fragmentNonce(nonce, 0), undefined, Buffer.alloc(0));
  let number = 0;
  return (fragment, last) => {
    number += 1;
    return openFragment(cipher, key, fragmentNonce(nonce, number), associatedData(last, headTag), fragment);
  };
}

function fragmentNonce(nonce: Buffer, number: number): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32LE(number);
  return Buffer.concat([nonce, counter]);
}

function associatedData(last: boolean, headTag: Buffer): Buffer {
  return Buffer.concat([Buffer.of(last ? LAST : NOT_LAST), headTag]);
}

function sealFragment(
  cipher: Cipher,
  key: Buffer,
  nonce: Buffer,
  aad: Buffer | undefined,
  data: Buffer,
): Buffer {
  const options = { authTagLength: TAG_BYTES };
  // The two calls differ only in the types of Node.
  const sealing =
    cipher === 'aes-256-gcm'
      ? createCipheriv(cipher, key, nonce, options)
      : createCipheriv(cipher, key, nonce, options);
  if (aad) sealing.setAAD(aad, { plaintextLength: data.length });
  return Buffer.concat([sealing.update(data), sealing.final(), sealing.getAuthTag()]);
}

function openFragment(cipher: Cipher, key: Buffer, nonce: Buffer, aad: Buffer, fragment: Buffer): Buffer {
  const length = fragment.length - TAG_BYTES;
  if (length < 0) throw new UnsealError('the last fragment is cut off');
  const options = { authTagLength: TAG_BYTES };
  const opening =
    cipher === 'aes-256-gcm'
      ? createDecipheriv(cipher, key, nonce, options)
      : createDecipheriv(cipher, key, nonce, options);
  opening.setAAD(aad, { plaintextLength: length });
  opening.setAuthTag(fragment.subarray(length));
  const data = opening.update(fragment.subarray(0, length));
  try {
    opening.final();
  } catch {
    throw new UnsealError('the data was changed, or was sealed with another secret');
  }
  return data;
}
