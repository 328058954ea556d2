/** Many keys, each made, edited and perhaps deleted, in an order in which nobody would do it. */
import { API_VERSION } from '../../../src/api/names.ts';
import { accessKeyRef, edit, type Fixtures, type NamespacedRef, type TestStore, until } from './fixtures.ts';
import type { Random } from './seeded-random.ts';

export interface AllAtOnceOptions {
  readonly store: TestStore;
  readonly namespace: string;
  readonly keys: number;
  readonly random: Random;
}

/** The maximum number of concurrent requests of the test. */
const PARALLEL = 16;

/** Does it, and waits until each key that is left is Ready for what it asks. @returns those that are left */
export async function allAtOnce(
  { bed, accessKey }: Fixtures,
  { store, namespace, keys, random }: AllAtOnceOptions,
): Promise<{ left: NamespacedRef[]; seconds: number }> {
  console.log(`seed ${random.seed}: ${keys} keys made, edited and deleted in random order`);
  const entry = () => [
    {
      bucketName: random.pick(['photos', 'logs', 'mail']),
      permissions: random.pick(['read_only', 'read_write'] as const),
    },
  ];
  const refs = Array.from({ length: keys }, (_, n) => accessKeyRef(namespace, `one-of-many-${n}`));
  const doomed = new Set(refs.filter(() => random.next() < 0.5));
  // One thing after the other for each key, and the keys' things mixed.
  const todo = random
    .shuffle(refs.flatMap((ref) => (doomed.has(ref) ? [ref, ref, ref] : [ref, ref])))
    .values();
  const done = new Map<NamespacedRef, number>();
  const busy = new Map<NamespacedRef, Promise<unknown>>();
  const startedAt = performance.now();

  async function next(ref: NamespacedRef, step: number): Promise<void> {
    if (step === 0)
      await accessKey(namespace, store, { limited: true, bucketAccess: entry() }, ref.metadata.name);
    else if (step === 1) await edit(bed, ref, { bucketAccess: entry(), label: 'Edited' });
    else await bed.api.delete(ref);
  }

  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const ref of todo) {
        const step = done.get(ref) ?? 0;
        done.set(ref, step + 1);
        const before = busy.get(ref) ?? Promise.resolve();
        const work = before.then(() => next(ref, step));
        busy.set(ref, work);
        await work;
      }
    }),
  );

  const left = refs.filter((ref) => !doomed.has(ref));
  const expected = left.map(({ metadata }) => metadata.name).sort();
  await until(
    'as they were asked to be',
    async () => {
      const all = await bed.api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
      const many = all.filter(({ metadata }) => metadata.name.startsWith('one-of-many-'));
      const ready = many.filter(({ metadata, status }) => {
        const condition = status?.conditions?.find(({ type }) => type === 'Ready');
        return condition?.status === 'True' && status?.['observedGeneration'] === metadata.generation;
      });
      const names = ready.map(({ metadata }) => metadata.name).sort();
      return many.length === left.length && names.join() === expected.join();
    },
    60_000 + keys * 100,
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${keys} keys, ${left.length} of them left: done after ${seconds.toFixed(1)} s`);
  return { left, seconds };
}
