import { hash } from 'node:crypto';
import type { Pair } from '../provider/provider.ts';
import { newAccessKeyId } from './names.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SECRET_LENGTH = 40;
/**
 * The largest multiple of the alphabet's size below 256. `newPair` draws a byte again if it isn't below this.
 */
const UNBIASED = 256 - (256 % ALPHABET.length);

/** A source of randomness: `randomBytes(n)` returns n bytes that nobody can predict. */
export type RandomBytes = (size: number) => Buffer;

/**
 * Makes a new pair for the AccessKey with that policy. The secret has 40 alphanumeric characters: 238 bits.
 */
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
 * Returns a digest by which the operator recognizes the pair that it published. The digest is only for pairs
 * that `newPair` made: a hash of a secret that a person chose could be guessed.
 */
export function pairDigest(pair: Pair): string {
  return hash('sha256', `pair\0${pair.accessKeyId}\0${pair.secretAccessKey}`, 'base64url');
}
