/** The elector on Leases of the real API server, with the rights of its Role and no others. */
import { afterAll, expect, test } from 'vitest';
import { createKubeClient } from '../../../src/kube/client.ts';
import { createLeaseLock } from '../../../src/kube/lease-lock.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import { createElector, type Elector } from '../../../src/runtime/leader.ts';
import { installLeaseRole } from '../../bed/install.ts';
import { bedContext } from '../support/bed-context.ts';
import { edit, namespaceRef, until } from '../support/fixtures.ts';
import { leaseRef } from '../support/replicas.ts';

const { bed, namespace: makeNamespace } = await bedContext();
const namespace = await makeNamespace('lease');
await installLeaseRole(bed.api, namespace);
const connection = await loadConnection({ env: { KUBECONFIG: await bed.kubeconfig() } });
const client = createKubeClient(connection, { userAgent: 'leader-lease-test' });
const ref = leaseRef(namespace);
const timings = { leaseDurationMs: 2_000, renewDeadlineMs: 1_500, retryPeriodMs: 200 };
const stop = new AbortController();
const electors: Elector[] = [];
afterAll(async () => {
  stop.abort();
  await Promise.all(electors.map((elector) => elector.release()));
  await client.close();
  await bed.api.delete(namespaceRef(namespace));
});

const lines: string[] = [];
const note = (_: object, message: string) => void lines.push(message);
const log = { debug: note, info: note, warn: note, error: note };

function candidate(identity: string, name = ref.metadata.name, inNamespace = namespace) {
  const lock = createLeaseLock({ client, namespace: inNamespace, name });
  const elector = createElector({ lock, identity, timings, log });
  electors.push(elector);
  return { elector, acquired: elector.acquire(stop.signal) };
}

const spec = async () => (await bed.api.get(ref))?.spec ?? {};

test('a candidate makes the Lease, renews it and gives it back, and another one then has it', async () => {
  const a = candidate('a');
  expect(await a.acquired).toBe(true);
  const first = await spec();
  expect(first).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 2, leaseTransitions: 0 });
  await until('renewed', async () => (await spec())['renewTime'] !== first['renewTime']);
  expect((await spec())['acquireTime']).toBe(first['acquireTime']);

  const b = candidate('b');
  expect(
    await Promise.race([b.acquired, new Promise((resolve) => setTimeout(resolve, 3_000, 'waits'))]),
  ).toBe('waits');
  await a.elector.release();
  expect(await b.acquired).toBe(true);
  expect(await spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  expect(a.elector.lost.aborted).toBe(false);
  await b.elector.release();
  expect((await spec())['holderIdentity']).toBe('');
});

test('one of many candidates gets a Lease that does not exist', async () => {
  await bed.api.delete(ref);
  const all = Array.from({ length: 8 }, (_, i) => candidate(`c${i}`));
  await Promise.any(all.map(({ acquired }) => acquired));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const leading = all.filter(({ elector }) => elector.isLeader());
  expect(leading).toHaveLength(1);
  // Each in its turn, as the one before gives it back.
  for (let i = 0; i < all.length; i++) {
    const leader = await until('a leader', async () => all.find(({ elector }) => elector.isLeader()));
    await leader.elector.release();
  }
  expect(await spec()).toMatchObject({ holderIdentity: '', leaseTransitions: 7 });
});

test('a Lease that is edited by hand stays a term, is lost once given to somebody else, and is made again once removed', async () => {
  const a = candidate('d');
  await a.acquired;
  await bed.api.patch(ref, { metadata: { labels: { touched: 'yes' } } });
  const version = (await bed.api.get(ref))?.metadata.resourceVersion;
  await until('renewed', async () => (await bed.api.get(ref))?.metadata.resourceVersion !== version);
  await bed.api.delete(ref);
  await until('made again', async () => (await spec())['holderIdentity'] === 'd');
  expect(a.elector.isLeader()).toBe(true);
  await edit(bed, ref, { holderIdentity: 'somebody' });
  await until('lost', async () => a.elector.lost.aborted, 1_000);
  expect(() => a.elector.assertLeading()).toThrow('does not lead');
});

test('a candidate without the Role, or for a Lease of another name, never leads and says why', async () => {
  const foreign = await makeNamespace('no-lease');
  lines.length = 0;
  const refused = [candidate('e', ref.metadata.name, foreign), candidate('f', 'another')];
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(refused.some(({ elector }) => elector.isLeader())).toBe(false);
  expect(lines.filter((line) => line.includes('cannot take the Lease'))).toHaveLength(2);
  await bed.api.delete(namespaceRef(foreign));
});
