import { hash } from 'node:crypto';
import type { Pair } from '../provider/provider.ts';
import { newAccessKeyId } from './names.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SECRET_LENGTH = 40;
/** Bytes from here on are drawn again: the largest multiple of the alphabet's size below 256. */
const UNBIASED = 256 - (256 % ALPHABET.length);

/** `randomBytes(n)` gives n bytes that nobody can predict. */
export type RandomBytes = (size: number) => Buffer;

/** A new pair for the AccessKey with that policy: 40 alphanumeric characters of secret, 238 bits. */
export function newPair(policy: string, randomBytes: RandomBytes): Pair {
  let secretAccessKey = '';
  while (secretAccessKey.length < SECRET_LENGTH) {
    for (const byte of randomBytes(64)) {
      if (byte < UNBIASED && secretAccessKey.length < SECRET_LENGTH) {
        secretAccessKey += ALPHABET.charAt(byte % ALPHABET.length);
      }
    }
  }
  return { accessKeyId: newAccessKeyId(policy, randomBytes), secretAccessKey };
}

/**
 * What tells, beside a published pair, that it is the one that was published. Only for pairs made by
 * `newPair`: a hash of a secret that a person chose could be guessed.
 */
export function pairDigest(pair: Pair): string {
  return hash('sha256', `pair\0${pair.accessKeyId}\0${pair.secretAccessKey}`, 'base64url');
}
