import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { UnsealError } from '../../../../src/provider/minio/frames.ts';
import { createSealer, open, seal } from '../../../../src/provider/minio/sealing.ts';

const SECRET = 'a sëcret';
const opening = { secret: SECRET, owner: 'test' };
const data = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index % 251));
const fresh = { salt: Buffer.alloc(32, 7), nonce: Buffer.alloc(8, 9) };

/**
 * `data(length)` as madmin-go v3.0.109 sealed it with SECRET: by default, without AES in the CPU, and built with
 * `fips`.
 */
const BY_MADMIN: readonly (readonly [id: number, length: number, sealed: string])[] = [
  [
    0,
    0,
    '7b9358c73808b7ee6a9abec3b667292399fefd51a9613696e26f4bd8bc2a21ee00367bc1203eaa64ca0e7a1601f1bfc3daf1a345c1ab7577f6',
  ],
  [
    0,
    33,
    '2b9ed360e9b9f843114cd4411069f526ed9e2c9e6af43fd08872175df335c83800f1eaf9d5252fca0ab96798c646318d2a1a2e1c4a104bf424b05a1b586ffd1ae76014abcaa8d3cac6107e5e95b6c93fda7286802776d14c6144',
  ],
  [
    1,
    0,
    '27f9bf75466510302d1b619a3492d4c5a265e96680591f3fe1e6591666c5f785016a02baf680751c0c4385f25f03a0e9f0e09a36c1c3efefcf',
  ],
  [
    1,
    33,
    'e109bf208a713578ba537396387a929334ba93fe9b9559d59c732113956a88e901eb6d647969450333a0386d8a83bdcec7ec9057430989fbbd6041570c53f33ba264195bb9e42122ddf7de064f7fc1ee1c4e932570a8e41ae007',
  ],
  [
    2,
    1,
    '6e5a9edc94886c58a30276e6bd6816ca45f00e125ec08581d79ed804b545736a02ed558c9bd3a41a152b9192aaf0f5bfeb7c73f864bb6275c001',
  ],
  [
    2,
    33,
    '2444e4fd360bd58bb9e7481474461a2ce3c6d58ea18479d950eef748942b56e40286827111c0c00fc977c237cba730d3e7e143193f6fc45c772da785841a80816b57f92688b44551229caf90dc04133c9100f13b6d89ab74ce54',
  ],
];

/** SHA-256 of what `seal` made of `data(length)` with SECRET and `fresh`; madmin-go v3.0.109 opened each of them. */
const OPENED_BY_MADMIN: readonly (readonly [length: number, digest: string])[] = [
  [0, '7111040221ecdbdfbd3c02180a2f7b448d47544f6579ab29f63c9b81be2012ed'],
  [1, '853d2b8398b68a83d4b35d939b35f0ac2ea4504dee4656f7f6aa30d8da36ba52'],
  [16383, 'db97da28a1ae5a3e019c476aa58fd2fe20b41264b364e9f21390d6c63aafe90f'],
  [16384, 'df3e38d9c7ed132a9b4dd5be4e1891d5f45d937e0052b804eadc4a08cfe212ff'],
  [16385, '92a157890ddad5e1aab7c6ed58ba595c9fcde3ff7bb3a5bde1f934a4873e8c1e'],
  [32768, 'd749386a168e75180dcf7b5b66101dbf83a2d30b9780277d6b4ae394b2a87c56'],
];

describe('what madmin sealed', () => {
  test.each(BY_MADMIN)('is opened (id %i, %i bytes)', async (id, length, sealed) => {
    const bytes = Buffer.from(sealed, 'hex');
    expect(bytes[32]).toBe(id);
    expect(await open(bytes, opening)).toEqual(data(length));
  });
});

describe('what the operator sealed', () => {
  test.each(OPENED_BY_MADMIN)('is what madmin opened (%i bytes)', async (length, digest) => {
    const sealed = await seal(SECRET, data(length), fresh);
    expect(sealed.length).toBe(41 + length + 16 * Math.max(1, Math.ceil(length / 16384)));
    expect(createHash('sha256').update(sealed).digest('hex')).toBe(digest);
    expect(await open(sealed, opening)).toEqual(data(length));
  });
});

test('the same data is never sealed twice alike', async () => {
  expect(await seal(SECRET, data(1))).not.toEqual(await seal(SECRET, data(1)));
});

describe('a sealer', () => {
  const salt = (sealed: Buffer) => sealed.subarray(0, 32).toString('hex');
  const nonce = (sealed: Buffer) => sealed.subarray(33, 41).toString('hex');

  test('uses no salt and nonce twice, even in parallel, and everything can be opened', async () => {
    const sealer = createSealer(SECRET);
    const all = await Promise.all(Array.from({ length: 300 }, (_, n) => sealer(data(n))));
    expect(new Set(all.map(salt)).size).toBe(1);
    expect(new Set(all.map(nonce)).size).toBe(300);
    for (const [n, sealed] of all.entries()) expect(await open(sealed, opening)).toEqual(data(n));
  });

  test('has a salt of its own, and takes a new one after an hour', async () => {
    let now = 0;
    const sealer = createSealer(SECRET, () => now);
    const first = await sealer(data(1));
    now = 3_599_999;
    expect(salt(await sealer(data(1)))).toBe(salt(first));
    now = 3_600_000;
    const later = await sealer(data(1));
    expect(salt(later)).not.toBe(salt(first));
    expect(await open(later, opening)).toEqual(data(1));
    expect(salt(await createSealer(SECRET, () => now)(data(1)))).not.toBe(salt(later));
  });
});

test('a change of any one bit is refused', async () => {
  const sealed = await seal(SECRET, data(3), fresh);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    // Bits of the id lead to Argon2id or to no algorithm at all; one of each is enough.
    if (bit >> 3 === 32 && (bit & 7) > 1) continue;
    await expect(open(changed, opening)).rejects.toThrow(UnsealError);
  }
});

test('a piece of sealed data is refused, wherever it was cut', async () => {
  const sealed = await seal(SECRET, data(16384 * 2 + 5), fresh);
  const fragment = 16384 + 16;
  const cuts = [
    0,
    1,
    32,
    33,
    41,
    56,
    57,
    41 + fragment,
    41 + fragment + 15,
    41 + 2 * fragment,
    sealed.length - 1,
  ];
  for (const cut of cuts) {
    await expect(open(sealed.subarray(0, cut), opening), `${cut} bytes`).rejects.toThrow(UnsealError);
  }
});

test('fragments in another order are refused', async () => {
  const sealed = await seal(SECRET, data(16384 * 2 + 5), fresh);
  const fragment = 16384 + 16;
  const [head, first, second, rest] = [
    sealed.subarray(0, 41),
    sealed.subarray(41, 41 + fragment),
    sealed.subarray(41 + fragment, 41 + 2 * fragment),
    sealed.subarray(41 + 2 * fragment),
  ];
  await expect(open(Buffer.concat([head, second, first, rest]), opening)).rejects.toThrow(UnsealError);
});

test('another secret is refused', async () => {
  const sealed = await seal(SECRET, data(3), fresh);
  await expect(open(sealed, { ...opening, secret: `${SECRET}.` })).rejects.toThrow(UnsealError);
});

test('an id that is not known is refused before anything is derived', async () => {
  const sealed = await seal(SECRET, data(3), fresh);
  sealed.writeUInt8(3, 32);
  await expect(open(sealed, opening)).rejects.toThrow('sealed in an unknown way');
});
