import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { accessKeyTag, tagOf } from '../../../src/ownership/names.ts';
import { newPair, pairDigest } from '../../../src/ownership/new-pair.ts';

const POLICY = 'accesskeys.prod.shop.photo-uploader.x';

describe('newPair', () => {
  test('gives an id with the tag of its policy and a secret of 40 letters and digits, never twice the same', () => {
    const secrets = new Set<string>();
    const ids = new Set<string>();
    for (let count = 0; count < 1_000; count += 1) {
      const { accessKeyId, secretAccessKey } = newPair(POLICY, randomBytes);
      expect(/^[A-Za-z0-9]{40}$/.test(secretAccessKey)).toBe(true);
      expect(tagOf(accessKeyId)).toBe(accessKeyTag(POLICY));
      secrets.add(secretAccessKey);
      ids.add(accessKeyId);
    }
    expect([secrets.size, ids.size]).toEqual([1_000, 1_000]);
  });

  test('draws every character with the same likelihood', () => {
    const times = new Map<string, number>();
    for (let count = 0; count < 5_000; count += 1) {
      for (const character of newPair(POLICY, randomBytes).secretAccessKey) {
        times.set(character, (times.get(character) ?? 0) + 1);
      }
    }
    expect(times.size).toBe(62);
    // 200,000 draws, 3,226 expected of each with a deviation of 56: 7 deviations are one false alarm in 10 billion.
    // Without drawing the bytes from 248 on again, eight characters would have 781 draws more than the others.
    for (const number of times.values()) expect(Math.abs(number - 200_000 / 62)).toBeLessThan(7 * 56.4);
  });

  test('draws again what would make some characters likelier', () => {
    // Only the last of these bytes is used: 0xf7 is 247, the last below the bound, and 247 % 62 = 61.
    const bytes = (size: number) => Buffer.alloc(size, 0xf8).fill(0xf7, size - 1);
    expect(newPair(POLICY, bytes).secretAccessKey === '9'.repeat(40)).toBe(true);
  });
});

describe('pairDigest', () => {
  const pair = { accessKeyId: 'AKOAAAA', secretAccessKey: 'x'.repeat(40) };

  test('is the same for the same pair, and another one when either half is', () => {
    const digests = [
      pair,
      { ...pair, accessKeyId: 'AKOAAAB' },
      { ...pair, secretAccessKey: `${'x'.repeat(39)}y` },
      { accessKeyId: pair.secretAccessKey, secretAccessKey: pair.accessKeyId },
      { accessKeyId: `${pair.accessKeyId}x`, secretAccessKey: 'x'.repeat(39) },
    ].map(pairDigest);
    expect(pairDigest({ ...pair })).toBe(digests[0]);
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('does not show the secret', () => {
    expect(pairDigest(pair).includes(pair.secretAccessKey.slice(0, 8))).toBe(false);
  });
});
