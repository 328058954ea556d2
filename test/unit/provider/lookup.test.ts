import type { LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createLookups, lookupFor } from '../../../src/provider/lookup.ts';

/** A resolver whose answers the test gives; `asked` are those without one. */
function resolver() {
  const asked: { host: string; answer: (address: string) => void; fail: (error: Error) => void }[] = [];
  const lookups = createLookups(
    (host) =>
      new Promise<LookupAddress[]>((resolve, reject) => {
        const done = () => asked.splice(asked.indexOf(question), 1);
        const question = {
          host,
          answer: (address: string) => {
            done();
            resolve([{ address, family: 4 }]);
          },
          fail: (error: Error) => {
            done();
            reject(error);
          },
        };
        asked.push(question);
      }),
  );
  const ask = (owner: string) => {
    const lookup = lookups(owner);
    return (host: string) =>
      new Promise<string>((resolve, reject) => {
        lookup(host, {}, (error, address) => (error ? reject(error) : resolve(String(address))));
      });
  };
  return { asked, ask, hosts: () => asked.map(({ host }) => host) };
}

test('an owner whose names hang keeps one lookup and no other owner', async () => {
  const { asked, ask, hosts } = resolver();
  // Two stores of one owner, with several connections each.
  const evil = [ask('evil'), ask('evil')];
  const hanging = evil.flatMap((lookup, store) =>
    Array.from({ length: 5 }, (_, connection) => lookup(`${store}-${connection}.evil`)),
  );
  const other = ask('shop')('minio.shop');
  await expect.poll(hosts).toEqual(['0-0.evil', 'minio.shop']);
  asked[1]?.answer('10.0.0.1');
  expect(await other).toBe('10.0.0.1');
  for (let left = hanging.length; left > 0; left -= 1) {
    await expect.poll(() => asked.length).toBe(1);
    asked[0]?.answer('10.0.0.2');
  }
  expect(new Set(await Promise.all(hanging))).toEqual(new Set(['10.0.0.2']));
});

test('connections to one host share a lookup, and a failure is not kept', async () => {
  const { asked, ask } = resolver();
  const lookup = ask('shop');
  const all = Promise.allSettled(Array.from({ length: 16 }, () => lookup('minio.shop')));
  await expect.poll(() => asked.length).toBe(1);
  asked[0]?.fail(new Error('no such name'));
  expect((await all).every(({ status }) => status === 'rejected')).toBe(true);
  const again = lookup('minio.shop');
  await expect.poll(() => asked.length).toBe(1);
  asked[0]?.answer('10.0.0.1');
  expect(await again).toBe('10.0.0.1');
});

test("the system's own resolver answers in both ways that Node asks for", async () => {
  const lookup = promisify(lookupFor('test')) as unknown as (
    host: string,
    options: object,
  ) => Promise<unknown>;
  expect(await lookup('127.0.0.1', {})).toBe('127.0.0.1');
  expect(await lookup('localhost', { all: true })).toEqual(
    expect.arrayContaining([expect.objectContaining({ family: expect.any(Number) })]),
  );
  await expect(lookup('store.invalid', {})).rejects.toMatchObject({ syscall: 'getaddrinfo' });
});
