/**
 * Every query of the dashboard, asked of a real Prometheus that has scraped two operators through an eventful minute,
 * as the chart's ServiceMonitor has it scrape them. DASHBOARD_BEAT_S makes it longer and DASHBOARD_SVG keeps the
 * picture (test/acceptance/dashboard/main.ts).
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProxy } from '../../bed/proxy.ts';
import {
  fixtures,
  type NamespacedRef,
  ready,
  reason,
  secretOf,
  until,
} from '../../integration/support/fixtures.ts';
import { replicasOf } from '../../integration/support/replicas.ts';
import { helmOf, IMAGE } from '../chart/helm.ts';
import { draw } from './draw.ts';
import { PANELS, withRateInterval } from './panels.ts';
import { type Prometheus, type Series, startPrometheus } from './prometheus.ts';

/** The time that each event is left to show, in s. */
const BEAT_S = Number(process.env['DASHBOARD_BEAT_S'] ?? 3);
const SCRAPE_S = 1;
/** As Grafana has it: four scrapes. */
const RATE_S = 4 * SCRAPE_S;
const DAY_MS = 86_400_000;

const dashboard = await fixtures('dashboard');
const { bed } = dashboard;
let prometheus: Prometheus;
let shop: string;
let began: number;
let ended: number;
let closing = async () => {};

async function honorLabels(): Promise<boolean> {
  const helm = await helmOf(bed);
  const metrics = { serviceMonitor: { enabled: true } };
  const objects = await helm.template('keys', 'keys', { ...IMAGE, metrics });
  const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor');
  const [endpoint] = (monitor?.spec?.['endpoints'] ?? []) as { honorLabels?: boolean }[];
  return endpoint?.honorLabels ?? false;
}

beforeAll(async () => {
  const archive = await bed.startMinio();
  const away = await startProxy(archive.endpoint);
  const replicas = await replicasOf(dashboard);
  const [first, second] = [await replicas.start('operator-0'), await replicas.start('operator-1')];
  shop = await dashboard.namespace('shop');
  const reports = await dashboard.namespace('reports');
  const targets = [first, second].map(async ({ name, operator }) => ({
    pod: name,
    url: await operator.httpUrl,
  }));
  prometheus = await startPrometheus(bed, {
    targets: await Promise.all(targets),
    honorLabels: await honorLabels(),
    intervalS: SCRAPE_S,
  });
  began = Date.now() / 1_000;
  const beat = () => sleep(BEAT_S * 1_000);
  const stores = {
    main: await dashboard.store({ name: 'dashboard-main' }),
    archive: await dashboard.store({
      name: 'dashboard-archive',
      minio: archive,
      endpoint: away.url,
      grants: [{ namespaces: { names: [reports] }, buckets: ['reports'] }],
    }),
  };
  const key = (namespace: string, store: keyof typeof stores, name: string, spec: object = {}) => {
    const bucketAccess = [
      { bucketName: store === 'main' ? 'photos' : 'reports', permissions: 'read_only' as const },
    ];
    return dashboard.accessKey(namespace, stores[store], { limited: true, bucketAccess, ...spec }, name);
  };
  const keys: NamespacedRef[] = [];
  for (const [at, name] of ['uploader', 'reader', 'thumbnails', 'search'].entries()) {
    const rotation = { interval: `${24 * (at + 1)}h`, gracePeriod: '1h' };
    keys.push(await key(shop, 'main', name, { rotation }));
    await beat();
  }
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+Z/, 'Z');
  keys.push(await key(shop, 'main', 'audit-2026', { expiresAt: inDays(3) }));
  keys.push(await key(reports, 'archive', 'monthly', { expiresAt: inDays(30) }));
  keys.push(await key(reports, 'archive', 'weekly', { rotation: { interval: '168h', gracePeriod: '1h' } }));
  await Promise.all(keys.map((ref) => ready(bed, ref)));
  await key(shop, 'main', 'on-leave', { disabled: true });
  const denied = await key(shop, 'archive', 'not-granted');
  await reason(bed, denied, 'GrantDenied');
  await beat();
  // Somebody removes a Secret, and a store is away while a key is deleted.
  const [uploader, , thumbnails] = keys;
  if (uploader === undefined || thumbnails === undefined) throw new Error('no keys');
  await bed.api.delete(secretOf(uploader));
  await until('made again', async () => (await bed.api.get(secretOf(uploader))) !== undefined);
  await beat();
  await away.down();
  const late = await key(reports, 'archive', 'late');
  await reason(bed, late, 'StoreUnreachable');
  const monthly = keys.at(-2);
  if (monthly === undefined) throw new Error('no keys');
  await bed.api.delete(monthly);
  await beat();
  await beat();
  await away.up();
  await bed.api.waitGone(monthly);
  await ready(bed, late);
  await beat();
  // The leader goes, and the other one works.
  const leader = await replicas.leader();
  await leader.operator.kill('SIGKILL');
  await replicas.leader(leader);
  await ready(bed, await key(shop, 'main', 'after-the-leader'));
  await beat();
  await sleep(2 * RATE_S * 1_000);
  ended = Date.now() / 1_000;
  closing = async () => {
    await replicas.close();
    await away.close();
    await archive.stop();
  };
}, 1_800_000);
afterAll(async () => {
  await dashboard.end();
  await closing();
});

const finite = (series: readonly Series[]) =>
  series.filter(({ values }) => values.some(([, value]) => Number.isFinite(value)));
const answer = (expr: string) => prometheus.range(withRateInterval(expr, RATE_S), began, ended, SCRAPE_S);
const asked = PANELS.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

test.each(asked)('$title: $expr', async ({ expr }) => {
  expect(finite(await answer(expr))).not.toEqual([]);
});

test('a series about an AccessKey has its namespace, not the operator’s', async () => {
  for (const title of ['Next to expire', 'Next to be rotated']) {
    const [target] = PANELS.find((panel) => panel.title === title)?.targets ?? [];
    const series = await answer(target?.expr ?? '');
    expect(series.map(({ metric }) => metric['namespace'])).toContain(shop);
  }
});

test('the dashboard can be drawn with every panel', async () => {
  const answers = new Map<string, Series[]>();
  for (const { expr } of asked) answers.set(expr, await answer(expr));
  const picture = draw(PANELS, answers, { from: began, to: ended });
  for (const { title } of PANELS) expect(picture).toContain(`>${title}<`);
  expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  const path = process.env['DASHBOARD_SVG'];
  if (path) await writeFile(path, picture);
});
