/** Admission beyond the rules of one field: the examples, and specs that the operator accepts too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isBucketName, isPrefix } from '../../../src/api/bucket-name.ts';
import { parseGrantPattern } from '../../../src/api/grant-pattern.ts';
import {
  type Answer,
  accepted,
  applyTo,
  createKey,
  createStore,
  type Json,
  keys,
  objectStores,
  photos,
  store,
  stores,
} from '../support/admission.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');

/** The same functions guard the policies at each reconcile; here is the API server's verdict on the same values. */
describe('the API server and the operator agree on', () => {
  /** Five lists of `count` values, each made of at most `length` of the words; the same ones every time. */
  const sample = (words: string[], length: number, count: number) => {
    const value = fc.string({ unit: fc.constantFrom(...words), minLength: 3, maxLength: length });
    return fc.sample(fc.uniqueArray(value, { minLength: count, maxLength: count }), { numRuns: 5, seed: 7 });
  };

  test("a bucket's name", async () => {
    for (const names of sample([...'ab1.-A*/', '10.0.0.1'], 6, 100)) {
      const answer = await createKey({
        bucketAccess: names.map((bucketName) => ({ bucketName, permissions: 'none' })),
      });
      agree(answer, names, isBucketName, /spec\.bucketAccess\[(\d+)\]\.bucketName: /g);
    }
  });

  test('a prefix', async () => {
    for (const prefixes of sample([..."a1./-'*$", 'é', '\\', '../', 'a/', 'b/', '.a/'], 6, 50)) {
      const answer = await createKey({ bucketAccess: [{ ...photos, prefixes }] });
      agree(answer, prefixes, isPrefix, /spec\.bucketAccess\[0\]\.prefixes\[(\d+)\]: /g);
    }
  });

  test("a grant's pattern", async () => {
    for (const patterns of sample([...'ab.-*?', '{namespace}', '{namespace}.'], 5, 50)) {
      const answer = await createStore({
        ...store,
        grants: [{ namespaces: { all: true }, buckets: patterns }],
      });
      const reads = (pattern: string) => parseGrantPattern(pattern, 'shop') !== undefined;
      agree(answer, patterns, reads, /spec\.grants\[0\]\.buckets\[(\d+)\]: /g);
    }
  });

  function agree(answer: Answer, values: string[], accepts: (value: string) => boolean, field: RegExp): void {
    const faulty = new Set([...answer.message.matchAll(field)].map(([, index]) => Number(index)));
    expect(values.filter((_, index) => !faulty.has(index))).toEqual(values.filter(accepts));
    // Both verdicts were there to compare.
    expect(values.some(accepts)).toBe(true);
    expect(values.every(accepts)).toBe(false);
  }
});

describe('the example', () => {
  test.each(readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml')))('%s applies', async (file) => {
    const documents = parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8')).map(
      (one) => one.toJS() as Json,
    );
    expect(documents.length).toBeGreaterThan(0);
    for (const document of documents) await accepted(tryExample(document));
    // Written out, so that nobody who copies it has to know the default.
    for (const { kind, spec } of documents) if (kind === 'AccessKey') expect(spec).toHaveProperty('limited');
  });

  /** An AccessKey is tried in this file's namespace: not even a dry run takes one in a namespace that isn't there. */
  function tryExample(document: Json): Promise<Answer> {
    const metadata = document['metadata'] as { name: string; namespace?: string };
    switch (document['kind']) {
      case 'Namespace':
        return applyTo(`/api/v1/namespaces/${metadata.name}`, document, 'dryRun=All&');
      case 'AccessKey':
        expect(['shop', 'lab']).toContain(metadata.namespace);
        return applyTo(
          `${keys}/${metadata.name}`,
          { ...document, metadata: { name: metadata.name } },
          'dryRun=All&',
        );
      case 'ClusterObjectStore':
        return applyTo(`${stores}/${metadata.name}`, document, 'dryRun=All&');
      case 'ObjectStore':
        expect(metadata.namespace).toBe('lab');
        return applyTo(
          `${objectStores}/${metadata.name}`,
          { ...document, metadata: { name: metadata.name } },
          'dryRun=All&',
        );
      default:
        throw new Error(`an example of a kind that this test does not know: ${document['kind']}`);
    }
  }
});
