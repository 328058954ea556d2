/** Rights that an operator needs to begin: where no object can say that one is missing, the log and /readyz do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../bed/api.ts';
import type { Operator } from '../../bed/operator.ts';
import { edit, fixtures, limitedKey, ready, reason, storeReady, until } from '../support/fixtures.ts';
import { type Installed, install } from '../support/installed.ts';
import { nameOf, type Right, rightsOf, writeWithout } from '../support/rights.ts';

const starting = await fixtures('starting');
const { bed } = starting;
const RECOVERED_MS = 60_000;
let release: Installed;

beforeAll(async () => {
  release = await install(starting, { namespacedStores: { enabled: true, endpoints: ['*'] } });
});
afterAll(async () => {
  await starting.end();
  await release.remove();
});

const roleWith = (kind: string, resource: string): KubeObject =>
  release.objects.find(
    (object) => object.kind === kind && rightsOf(object).some((right) => right.resource === resource),
  ) ?? expect.fail(`no ${kind} gives rights to ${resource}`);

const lineOn = ({ lines }: Operator, { resource, verb }: Right) => {
  const refusal = `cannot ${verb} resource \\"${resource}\\"`;
  return lines.find((line) => JSON.stringify(line).includes(refusal) && String(line.level) !== 'debug');
};

/** Starts an operator without those rights, has the test look at it, and gives it the rights. */
async function withoutThem(
  role: KubeObject,
  missing: readonly Right[],
  look: (operator: Operator) => Promise<unknown>,
): Promise<void> {
  await writeWithout(bed, role, missing);
  const operator = await release.launch();
  try {
    await look(operator);
    await writeWithout(bed, role, []);
    await until('ready', async () => operator.lines.some(({ msg }) => msg === 'ready'), RECOVERED_MS);
    await until('leading', async () => operator.lines.some(({ msg }) => msg === 'leading'), RECOVERED_MS);
  } finally {
    await writeWithout(bed, role, []);
    await operator.kill();
  }
}

const said = (operator: Operator, right: Right) =>
  until(`said: ${nameOf(right)}`, async () => lineOn(operator, right) !== undefined);

describe('a missing right of the ClusterRole', () => {
  test('to list is in the log for each kind, /readyz names its cache, and the operator begins once it may', async () => {
    const role = roleWith('ClusterRole', 'accesskeys');
    const missing = rightsOf(role).filter(
      ({ verb, resource }) => verb === 'list' && resource !== 'configmaps',
    );
    expect(missing.map(({ resource }) => resource).sort()).toEqual([
      'accesskeys',
      'clusterobjectstores',
      'namespaces',
      'objectstores',
      'secrets',
    ]);
    await withoutThem(role, missing, async (operator) => {
      for (const right of missing) await said(operator, right);
      const answer = await fetch(`${await operator.probeUrl}/readyz`);
      expect(answer.status).toBe(503);
      const body = await answer.text();
      for (const { resource } of missing) expect(body).toContain(resource);
    });
  });

  test('to read kube-system is in the log with both remedies', async () => {
    const role = roleWith('ClusterRole', 'namespaces');
    const missing = { group: '', resource: 'namespaces', verb: 'get' };
    await withoutThem(role, [missing], async (operator) => {
      await said(operator, missing);
      expect(operator.lines.some(({ msg }) => msg?.includes('--cluster-uid'))).toBe(true);
    });
  });
});

describe('a missing right of the ClusterRole that no object needs at once', () => {
  test('to list ConfigMaps is in the log, and a store whose CA is in a ConfigMap is ready', async () => {
    const minio = await bed.startMinio({ tls: true });
    const ca = { namespace: release.home, name: 'ca-of-the-store' };
    await bed.api.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ca,
      data: { 'ca.crt': minio.caPem ?? '' },
    });
    const caBundleRef = { kind: 'ConfigMap', ...ca, key: 'ca.crt' };
    const store = await starting.store({ minio, spec: { caBundle: undefined, caBundleRef } });
    const missing = { group: '', resource: 'configmaps', verb: 'list' };
    await withoutThem(roleWith('ClusterRole', 'configmaps'), [missing], async (operator) => {
      await said(operator, missing);
      await storeReady(bed, store.ref);
    });
    await minio.stop();
  });

  test('to patch Events is in the log when an Event repeats, and the key continues', async () => {
    const store = await starting.store();
    const namespace = await starting.namespace();
    const missing = { group: 'events.k8s.io', resource: 'events', verb: 'patch' };
    await withoutThem(roleWith('ClusterRole', 'events'), [missing], async (operator) => {
      const ref = await starting.accessKey(namespace, store, limitedKey({ photos: 'read_only' }));
      await ready(bed, ref);
      for (const _ of ['first', 'repeated']) {
        await edit(bed, ref, { disabled: true });
        await reason(bed, ref, 'Disabled');
        await edit(bed, ref, { disabled: false });
        await ready(bed, ref);
      }
      await said(operator, missing);
      // While an operator is there to take the finalizer off.
      await bed.api.delete(ref);
      await bed.api.waitGone(ref);
    });
  });
});

describe('a missing right of the Role for the Lease', () => {
  const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

  test.each(['get', 'create', 'patch'])(
    '(%s) is in the log, and the operator leads once it may',
    async (verb) => {
      const ref = { ...LEASE, metadata: { namespace: release.home, name: 'access-key-operator' } };
      // A Lease that is there is patched, another one is created.
      if (verb === 'create') await bed.api.delete(ref);
      else expect(await bed.api.exists(ref)).toBe(true);
      const missing = { group: 'coordination.k8s.io', resource: 'leases', verb };
      await withoutThem(roleWith('Role', 'leases'), [missing], (operator) => said(operator, missing));
    },
  );
});
