/**
 * Five keys under a fault: one is made, the others are edited, rotated, disabled and deleted. All of it comes about.
 */
import { expect } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  expectRevoked,
  type Fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
} from './fixtures.ts';

/** The namespace of the keys, and their operator; known after a file's `beforeAll`. */
export interface Setting {
  readonly store: TestStore;
  readonly namespace: string;
  readonly operator: Operator;
}

const mayRead = access('read_only');
const mayWrite = access('read_write');

function access(permissions: 'read_only' | 'read_write') {
  return limitedKey({ photos: permissions });
}

/** @param soon within which a change comes about once the fault is over */
export function fiveKeys(
  { bed, cluster, accessKey }: Fixtures,
  place: () => Setting,
  soon: { readonly timeoutMs: number },
) {
  /** Makes a key that may read a bucket. */
  function issue(): Promise<NamespacedRef> {
    const { namespace, store } = place();
    return accessKey(namespace, store, mayRead);
  }

  async function readyKeys(count: number): Promise<NamespacedRef[]> {
    const refs = await Promise.all(Array.from({ length: count }, issue));
    await Promise.all(refs.map((ref) => ready(bed, ref, soon)));
    return refs;
  }

  /** @param during asks for the changes under the fault, and waits for what shows that they met it */
  async function expectAllToComeAbout(during: (change: () => Promise<void>) => Promise<void>): Promise<void> {
    const { store, operator } = place();
    const [edited, rotated, disabled, doomed] = await readyKeys(4);
    if (!edited || !rotated || !disabled || !doomed) throw new Error('no keys');
    const [old, gone] = await Promise.all([
      readPair(bed, secretOf(rotated)),
      readPair(bed, secretOf(doomed)),
    ]);
    let made = edited;
    await during(async () => {
      [made] = await Promise.all([
        issue(),
        edit(bed, edited, mayWrite),
        edit(bed, rotated, { keyGeneration: 2 }),
        edit(bed, disabled, { disabled: true }),
        bed.api.delete(doomed),
      ]);
    });
    const [, , after] = await Promise.all([
      ready(bed, made, soon),
      ready(bed, edited, soon),
      ready(bed, rotated, soon),
      reason(bed, disabled, 'Disabled', soon),
      bed.api.waitGone(doomed, soon),
    ]);
    expect(after.status.accessKeyId).not.toBe(old.accessKeyId);
    const s3 = s3Client(store.minio, await readPair(bed, secretOf(edited)));
    expect(await s3Outcome(s3.putObject('no-such-bucket-here', 'x', 'x'))).toBe('AccessDenied');
    await expectRevoked(store, policyOf(cluster, doomed), [gone.accessKeyId]);
    expect(await Promise.race([operator.exited, 'running'])).toBe('running');
    const refs = [made, edited, rotated, disabled];
    await Promise.all(refs.map((ref) => bed.api.delete(ref)));
    await Promise.all(refs.map((ref) => bed.api.waitGone(ref, soon)));
  }

  return { issue, readyKeys, expectAllToComeAbout, mayRead, mayWrite };
}
