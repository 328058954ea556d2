/** The alerts, as Prometheus' own tool takes them and as they fire. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { findPrograms } from '../../bed/programs.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const ALERTS = join(ROOT, 'charts', 'access-key-operator', 'files', 'alerts.yaml');
let promtool = '';
let folder = '';

beforeAll(async () => {
  ({ promtool } = await findPrograms(['promtool'], console.log));
  folder = await mkdtemp(join(tmpdir(), 'accesskeys-alerts-'));
}, 1_800_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('promtool takes the alerts', async () => {
  const { stdout } = await promisify(execFile)(promtool, ['check', 'rules', ALERTS]);
  expect(stdout).toContain('SUCCESS: 10 rules found');
});

test('each alert fires when it should, not before, and not for what is no fault', async () => {
  const { groups }: { groups: { rules: Record<string, unknown>[] }[] } = parse(
    await readFile(ALERTS, 'utf8'),
  );
  // promtool compares every word of the annotations too: here it is about when they fire.
  const bare = groups.map((group) => ({
    ...group,
    rules: group.rules.map(({ annotations: _, ...rule }) => rule),
  }));
  const rules = join(folder, 'rules.yaml');
  await writeFile(rules, stringify({ groups: bare }));
  const cases = await readFile(
    join(ROOT, 'test', 'acceptance', 'dashboard', 'alerts', 'alerts.test.yaml'),
    'utf8',
  );
  const tried = join(folder, 'alerts.test.yaml');
  await writeFile(tried, cases.replace('[RULES]', `[${rules}]`));
  await promisify(execFile)(promtool, ['test', 'rules', tried]).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout ?? String(error));
  });
  // None is left out.
  const names = bare.flatMap((group) => group.rules.map((rule) => String(rule['alert'])));
  for (const name of names) expect(cases).toMatch(new RegExp(`alertname: ${name}\\b`));
});
