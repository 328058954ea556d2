/**
 * One right of the operator's Role is missing, each in a namespace of its own: it says what is in the way, and goes on
 * once the right is back.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Condition, KubeObject, Ref } from '../../bed/api.ts';
import type { LogLine, Operator } from '../../bed/operator.ts';
import {
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  secretOf,
  type TestStore,
} from '../support/fixtures.ts';
import { type Installed, install } from '../support/installed.ts';
import { nameOf, type Right, rightsOf, writeWithout } from '../support/rights.ts';

const lacking = await fixtures('lacking');
const { bed } = lacking;
const FILES = join(import.meta.dirname, '..', '..', '..', 'charts', 'access-key-operator', 'files');
const RIGHTS = rightsOf(parse(await readFile(join(FILES, 'role-namespace.yaml'), 'utf8')));
/** The time in which the operator must report what is missing, and continue. */
const SAID_MS = 15_000;
const RECOVERED_MS = 60_000;
/** A watch that is refused is made up for by lists, whose backoff grows. */
const POLLED_MS = 45_000;
/** A look reads seven objects, and tests look for a minute in all. */
const LOOK_MS = 500;

/** A namespace in which one right is missing. */
interface RightCase {
  readonly right: Right;
  readonly namespace: string;
  readonly store: TestStore;
  /** Keys that are in force when the right is taken away. */
  readonly edited: NamespacedRef;
  readonly deleted: NamespacedRef;
  /** The object that is created without the right. */
  readonly added: NamespacedRef;
  readonly laterStore: NamespacedRef;
  /** The first key of that store. */
  readonly first: NamespacedRef;
  readonly pairOfDeleted: Awaited<ReturnType<typeof readPair>>;
}

let release: Installed;
let operator: Operator;
const cases: RightCase[] = [];

beforeAll(async () => {
  const namespaces = await Promise.all(RIGHTS.map(() => lacking.namespace()));
  release = await install(lacking, {
    watchNamespaces: namespaces,
    namespacedStores: { enabled: true, endpoints: ['*'] },
  });
  operator = await release.start();
  const made = RIGHTS.map((right, n) => makeCase(right, namespaces[n] ?? ''));
  cases.push(...(await Promise.all(made)));
  await Promise.all(cases.map(({ namespace, right }) => writeWithout(bed, roleIn(namespace), [right])));
  // Watches that have begun go on without the right.
  await release.api.down();
  await release.api.up();
  await Promise.all(cases.map(ask));
  await sleep(SAID_MS);
}, 240_000);
afterAll(async () => {
  await Promise.all(cases.map(({ namespace }) => writeWithout(bed, roleIn(namespace), [])));
  // While an operator is there to take the finalizers off.
  for (const { first, laterStore } of cases) {
    await bed.api.delete(first);
    await bed.api.delete(laterStore);
  }
  for (const { laterStore } of cases) await bed.api.waitGone(laterStore, { timeoutMs: RECOVERED_MS });
  await lacking.end();
  await release.remove();
}, 120_000);

function roleIn(namespace: string): KubeObject {
  const found = release.objects.find(
    ({ kind, metadata }) => kind === 'Role' && metadata.namespace === namespace,
  );
  return found ?? expect.fail(`no Role in ${namespace}`);
}

async function makeCase(right: Right, namespace: string): Promise<RightCase> {
  const store = await lacking.store({ namespace, name: 'store' });
  const key = (name: string) => lacking.accessKey(namespace, store, { limited: true }, name);
  const [edited, deleted] = await Promise.all([key('edited'), key('deleted')]);
  await Promise.all([edited, deleted].map((ref) => ready(bed, ref, { timeoutMs: 90_000 })));
  const ref = (name: string): NamespacedRef => ({ ...edited, metadata: { namespace, name } });
  return {
    right,
    namespace,
    store,
    edited,
    deleted,
    added: ref('added'),
    laterStore: { ...ref('later'), kind: 'ObjectStore' },
    first: ref('first'),
    pairOfDeleted: await readPair(bed, secretOf(deleted)),
  };
}

/** Asks for everything that a user may ask for in a namespace. */
async function ask({
  namespace,
  store,
  edited,
  deleted,
  added,
  laterStore,
  first,
}: RightCase): Promise<void> {
  await bed.api.patch(edited, { spec: { label: 'Edited', keyGeneration: 2 } });
  await bed.api.delete(deleted);
  for (const [ref, name] of [
    [added, store.name],
    [first, laterStore.metadata.name],
  ] as const) {
    await bed.api.create({ ...ref, spec: { storeRef: { kind: 'ObjectStore', name }, limited: true } });
  }
  await bed.api.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'ca' },
    data: { 'ca.crt': bed.caPem },
  });
  await bed.api.create({
    ...laterStore,
    spec: {
      endpoint: bed.minio.endpoint,
      allowInsecure: true,
      credentialsRef: { name: store.name },
      caBundleRef: { kind: 'ConfigMap', name: 'ca', key: 'ca.crt' },
    },
  });
}

/** The visible state of an object. */
interface ObjectState {
  readonly ref: Ref;
  readonly isAsAsked: boolean;
  readonly ready: Condition | undefined;
  readonly isCurrent: boolean;
  readonly warnings: readonly string[];
}

async function look(rightCase: RightCase): Promise<ObjectState[]> {
  const events = await bed.api.list({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    namespace: rightCase.namespace,
  });
  const seen = async (
    ref: Ref,
    isAsAsked: (object: KubeObject | undefined) => boolean,
  ): Promise<ObjectState> => {
    const object = await bed.api.get(ref);
    return {
      ref,
      isAsAsked: isAsAsked(object),
      ready: object?.status?.conditions?.find(({ type }) => type === 'Ready'),
      isCurrent: object?.status?.['observedGeneration'] === object?.metadata.generation,
      warnings: events
        .filter(({ type, regarding }) => {
          const { uid } = regarding as { uid?: string };
          return type === 'Warning' && uid === object?.metadata.uid;
        })
        .map(({ note }) => String(note)),
    };
  };
  const isReady = (object: KubeObject | undefined) =>
    object?.status?.['observedGeneration'] === object?.metadata.generation &&
    object?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  const isGone = (object: KubeObject | undefined) => object === undefined;
  return Promise.all([
    seen(rightCase.edited, isReady),
    seen(rightCase.added, isReady),
    seen(rightCase.deleted, isGone),
    seen(rightCase.laterStore, isReady),
    seen(rightCase.store.ref, isReady),
    seen(rightCase.first, isReady),
  ]);
}

const LOUD: readonly string[] = ['warn', 'error'];

/** The lines of the log that name the right as the API server does. */
function linesOn({ namespace, right: { resource, verb } }: RightCase): LogLine[] {
  const refusal = `cannot ${verb} resource \\"${resource}\\"`;
  return operator.lines.filter((line) => {
    const text = JSON.stringify(line);
    return text.includes(namespace) && text.includes(refusal) && LOUD.includes(String(line.level));
  });
}

const CASES = RIGHTS.map((right, n) => ({ right, n, name: nameOf(right) }));
const placeOf = (n: number) => cases[n] ?? expect.fail('no rightCase');

/** Returns the name of the refusal in conditions, Warnings and the log. */
const refusalOf = ({ verb, resource }: Right) => `cannot ${verb} resource "${resource}"`;

const isWatch = ({ right }: { readonly right: Right }) => right.verb === 'watch';

test.each(CASES)('without the right to $name, a deleted key is refused by the store', async ({ n }) => {
  const { store, pairOfDeleted } = placeOf(n);
  await expect
    .poll(async () => (await store.admin.probe(pairOfDeleted)).kind, { timeout: POLLED_MS })
    .toBe('unknown');
});

test.each(CASES.filter((one) => !isWatch(one)))(
  'without the right to $name, what is not as it is asked for says so, once',
  async ({ n }) => {
    // Events of many namespaces take turns.
    await expect.poll(() => unsaid(placeOf(n)), { timeout: POLLED_MS, interval: LOOK_MS }).toEqual([]);
  },
);

test.each(CASES.filter(isWatch))(
  'without the right to $name, everything goes on by lists, and the log says so',
  async ({ n }) => {
    const rightCase = placeOf(n);
    await expect.poll(() => late(rightCase), { timeout: POLLED_MS, interval: LOOK_MS }).toEqual([]);
    expect(linesOn(rightCase)).not.toEqual([]);
  },
);

test.each(CASES.filter(({ name }) => name === 'create events'))(
  'without the right to $name, the log says what no Event can',
  ({ n }) => {
    expect(linesOn(placeOf(n))).not.toEqual([]);
  },
);

// Lists come at a start, and a count of an Event when it is repeated.
test.each(CASES.filter(({ name, right }) => right.verb !== 'list' && name !== 'patch events'))(
  'something needs the right to $name',
  ({ right, n }) => {
    const { namespace } = placeOf(n);
    const [resource = '', subresource] = right.resource.split('/');
    const refused = release.api.requests.filter(
      ({ status, method, path }) =>
        status === 403 &&
        method === METHODS[right.verb] &&
        path.includes(`/namespaces/${namespace}/${resource}`) &&
        path.includes('/status') === (subresource === 'status'),
    );
    expect(refused).not.toEqual([]);
  },
);

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  watch: 'GET',
  create: 'POST',
  patch: 'PATCH',
  delete: 'DELETE',
};

function isStatusOf({ resource }: Right, { kind }: Ref): boolean {
  return resource === (kind === 'AccessKey' ? 'accesskeys/status' : 'objectstores/status');
}

/**
 * Returns what conditions, Warnings and log fail to say of the objects that differ from their specs, or say wrongly.
 */
async function unsaid(rightCase: RightCase): Promise<string[]> {
  const refusal = refusalOf(rightCase.right);
  return (await look(rightCase)).flatMap(({ ref, isAsAsked, isCurrent, ready: condition, warnings }) => {
    if (isAsAsked) return [];
    const named = warnings.filter((note) => note.includes(refusal)).length;
    // The store's own Warning is enough for its keys.
    const isStores = condition?.reason === 'StoreNotReady' && ref.kind === 'AccessKey';
    const { message = '', status } = condition ?? {};
    // Nothing but the Warning can say that the status can't be written.
    const says = isStatusOf(rightCase.right, ref) || {
      isCurrent,
      status,
      cause: message.includes(refusal),
      remedy: message.includes("give the operator's ServiceAccount this right"),
    };
    const is = JSON.stringify({ warnings: isStores ? 1 : named, says });
    const wanted = JSON.stringify({
      warnings: 1,
      says: says === true || { isCurrent: true, status: 'False', cause: true, remedy: true },
    });
    return is === wanted ? [] : [`${ref.kind} ${ref.metadata.name}: ${is}`];
  });
}

/** The names of the objects that aren't as they were asked for. */
async function late(rightCase: RightCase): Promise<string[]> {
  return (await look(rightCase)).filter(({ isAsAsked }) => !isAsAsked).map(({ ref }) => ref.metadata.name);
}

describe('once the rights are back', () => {
  beforeAll(() => Promise.all(cases.map(({ namespace }) => writeWithout(bed, roleIn(namespace), []))));

  test.each(CASES)('every key matches its spec within a minute once $name is given', async ({ n }) => {
    await expect.poll(() => late(placeOf(n)), { timeout: RECOVERED_MS, interval: LOOK_MS }).toEqual([]);
  });
});
