/** The parts of the benchmark that only count: a figure that is wrong by its arithmetic would mislead for long. */
import { describe, expect, test } from 'vitest';
import { manyKeys } from '../../../scripts/docs/performance/many.ts';
import { shown } from '../../../scripts/docs/performance/run.ts';
import { summarize } from '../../bench/figures.ts';
import { growthPlot } from '../../bench/growth-plot.ts';
import { readOptions } from '../../bench/options.ts';
import { inParallel } from '../../bench/parallel.ts';
import { plot } from '../../bench/plot.ts';
import { requestsBetween, requestsIn } from '../../bench/requests.ts';
import { median, percentile, ratios, spreadOf } from '../../bench/statistics.ts';
import { table } from '../../bench/table.ts';

describe('statistics', () => {
  test('take values in any order', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(
      percentile(
        Array.from({ length: 100 }, (_, n) => n + 1),
        0.99,
      ),
    ).toBe(99);
    expect(ratios([2, 9], [4, 3])).toEqual([0.5, 3]);
  });

  test('are NaN without values', () => {
    expect(median([])).toBeNaN();
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('a table', () => {
  const figures = summarize([
    { part: 'rest', name: 'CPU', unit: 'ms', values: [12, 14, 10], target: { atMost: 11 } },
    { part: 'creation', name: 'over ceiling', unit: '', values: [0.9], target: { atLeast: 0.85 } },
    { part: 'rest', name: 'memory', unit: 'MiB', values: [120] },
  ]);

  test('has ratios first, and says which target is reached', () => {
    const rows = table(figures)
      .split('\n')
      .slice(2)
      .map((row) => row.split('|').map((cell) => cell.trim()));
    expect(rows).toEqual([
      ['', 'creation', 'over ceiling', '0.90', '0.90', '0.90', '1', '≥ 0.85', 'yes', ''],
      ['', 'rest', 'CPU, ms', '12.0', '10.0', '14.0', '3', '≤ 11', 'NO', ''],
      ['', 'rest', 'memory, MiB', '120', '120', '120', '1', '', '', ''],
    ]);
  });

  test('shows three digits that count', () => {
    expect([0.001, 1.234, 12.34, 123.4, Number.NaN].map(shown)).toEqual(['0.00', '1.23', '12.3', '123', '?']);
  });
});

test('options are small with --short, and each has a flag', () => {
  expect(readOptions(['--short', '--keys=20'])).toMatchObject({ keys: 20, runs: 1, sizes: [50, 150] });
  expect(readOptions(['--parts=growth,creation']).parts).toEqual(['creation', 'growth']);
  expect(() => readOptions(['--parts=all'])).toThrow('there is no part all');
  expect(() => readOptions(['--runs=0'])).toThrow('--runs is "0"');
});

test('requests are read off the metrics, without watches', () => {
  const page = [
    'rest_client_request_duration_seconds_count{verb="watch",resource="secrets",code="200"} 4',
    'rest_client_request_duration_seconds_count{verb="list",resource="secrets",code="200"} 3',
    'rest_client_request_duration_seconds_count{verb="patch",resource="accesskeys/status",code="200"} 2',
    'rest_client_request_duration_seconds_count{verb="patch",resource="clusterobjectstores/status",code="200"} 1',
    'accesskeys_store_request_duration_seconds_count{store="default",operation="info-canned-policy",code="200"} 7',
    'accesskeys_store_request_duration_seconds_count{store="default",operation="add-user",code="200"} 5',
  ].join('\n');
  const requests = requestsIn(page);
  expect(requests).toEqual({ kube: 6, kubeWrites: 2, store: 12, policyReads: 7, storeWrites: 5 });
  expect(requestsBetween(requests, requests).store).toBe(0);
});

test('a plot has a dot for each point and no NaN', () => {
  const points = [
    { x: 100, y: 5 },
    { x: 10_000, y: 6 },
  ];
  const svg = plot('CPU', 'keys', [{ name: 'operator', points }]);
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).not.toContain('NaN');
  const figures = summarize(
    points.map(({ x, y }) => ({
      part: `new keys beside, ${x} keys`,
      name: "operator's CPU",
      unit: 'ms/key',
      values: [y],
    })),
  );
  expect(growthPlot(figures).match(/<circle/g)).toHaveLength(2);
});

test('work in parallel does each item once, and so many at a time', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    done.push(item);
  });
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

describe('the section by the number of keys', () => {
  const figure = (part: string, name: string, median: number) => ({
    ...{ part, name, unit: 's' },
    spread: { median, min: median, max: median },
  });
  const run = (figures: readonly ReturnType<typeof figure>[]) =>
    manyKeys({ startedAt: '2026-11-28', machine: { cores: 2 }, figures });

  test('has a column for each size of the store', () => {
    const figures = [1_000, 100_000].flatMap((size) => [
      figure(`store alone, ${size} users`, 'list-users: CPU', size / 10_000),
      figure(`start, ${size} keys`, 'CPU until quiet', size / 2_000),
    ]);
    const rows = run(figures)
      .split('\n')
      .filter((line) => /CPU for it|CPU of a start|100,000 keys/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows).toEqual([
      ['', '', '1,000 keys', '100,000 keys', ''],
      ['', 'store: CPU for it, s', '0.10', '10.0', ''],
      ['', 'operator: CPU of a start, s', '0.50', '50.0', ''],
    ]);
  });

  test('is left out of a run without the store alone', () => {
    expect(run([figure('start, 100 keys', 'CPU until quiet', 1)])).toBe('');
  });
});
