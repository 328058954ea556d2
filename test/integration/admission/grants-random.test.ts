/** The chart's ValidatingAdmissionPolicy says to random requests what the operator would say of the grants. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NamespaceLabels } from '../../../src/accesskey/policy/grants.ts';
import { accessKeyRef } from '../support/fixtures.ts';
import {
  type AccessRequest,
  arbitraryAccessRequest,
  arbitraryGrants,
  asChange,
  refusalOfChange,
  refusalOfNew,
} from '../support/grants-admission-cases.ts';
import {
  bed,
  createKey,
  inBatches,
  installPolicy,
  makeNamespaces,
  makeStore,
  RUN,
  removeAll,
  tryCreate,
  tryUpdate,
} from '../support/grants-policy.ts';

const NAMESPACES: readonly NamespaceLabels[] = [
  { name: `${RUN}-red`, labels: { team: 'red', tier: 'gold' } },
  { name: `${RUN}-blue`, labels: { team: 'blue' } },
  { name: `${RUN}-plain`, labels: {} },
];

/** Random stores, each with a key in each namespace that was there before the policy was. */
const SEED = Number.parseInt(randomBytes(3).toString('hex'), 16);
const drawn = fc.sample(arbitraryGrants(NAMESPACES), { numRuns: 20, seed: SEED });
const UNRESTRICTED: AccessRequest = { limited: false, deletionPolicy: 'Delete' };
const held = drawn.flatMap((grants, i) =>
  NAMESPACES.map((namespace, n) => {
    const other = NAMESPACES[(n + 1) % NAMESPACES.length]?.name ?? '';
    const seed = SEED + i * NAMESPACES.length + n;
    const [before = UNRESTRICTED, ...wanted] = fc.sample(arbitraryAccessRequest(namespace.name, other), {
      numRuns: 9,
      seed,
    });
    return { grants, store: `${RUN}-random-${i}`, namespace, key: `before-${i}`, before, wanted };
  }),
);
const requests = held.flatMap(({ wanted, ...rest }) => wanted.map((asked) => ({ ...rest, asked })));

beforeAll(async () => {
  await makeNamespaces(NAMESPACES);
  await inBatches([...drawn.entries()], async ([i, grants]) => {
    await makeStore(`random-${i}`, grants);
  });
  await inBatches(held, async ({ namespace, store, before, key }) => {
    await createKey(namespace.name, store, before, key);
  });
  await installPolicy(`${RUN}-red`);
});
afterAll(removeAll);

describe(`random requests (seed ${SEED})`, () => {
  test('for a new key get the same answer from admission and operator', async () => {
    let refused = 0;
    await inBatches(requests, async ({ asked, grants, store, namespace }) => {
      const expected = refusalOfNew(`ClusterObjectStore ${store}`, grants, namespace, asked);
      const said = await tryCreate(namespace.name, store, asked);
      expectSame(said, expected, { grants, namespace, asked });
      if (said) refused += 1;
    });
    expectBoth(refused, requests.length);
  });

  test('for an edit get it for what they add and nothing else', async () => {
    let [refused, tried] = [0, 0];
    await inBatches([...requests.entries()], async ([i, { before, grants, store, namespace, ...of }]) => {
      const asked = asChange(before, of.asked, i % 2 === 0);
      if (!asked) return;
      const object = await bed.api.get(accessKeyRef(namespace.name, of.key));
      if (!object) throw new Error(`AccessKey ${of.key} is gone`);
      const expected = refusalOfChange(`ClusterObjectStore ${store}`, grants, namespace, before, asked);
      const said = await tryUpdate(object, asked);
      expectSame(said, expected, { grants, namespace, before, asked });
      tried += 1;
      if (said) refused += 1;
    });
    expectBoth(refused, tried);
  });
});

function expectSame(said: string, expected: string, of: object): void {
  const same = expected === '' ? said === '' : said.startsWith(expected);
  expect.soft(same, `said "${said}" and not "${expected}" to ${JSON.stringify(of)}`).toBe(true);
}

/** A comparison in which all are refused, or none, would say little. */
function expectBoth(refused: number, tried: number): void {
  console.log(`${tried} requests, ${refused} refused`);
  expect(refused / tried).toBeGreaterThan(0.1);
  expect(refused / tried).toBeLessThan(0.9);
}
