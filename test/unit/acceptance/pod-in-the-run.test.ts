/** The test with real pods as a part of `npm test`, with a stand-in for the test itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPodTest } from '../../acceptance/pod/in-the-run.ts';

let folder: string;
beforeEach(() => {
  said = [];
  folder = mkdtempSync(join(tmpdir(), 'accesskeys-in-the-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

let said: string[];
const limits = { preparedWithinMs: 60_000, runWithinMs: 60_000 };

function start(source: string, more: Partial<typeof limits> = {}) {
  const program = join(folder, 'program.mjs');
  writeFileSync(program, source);
  return startPodTest(program, { ...limits, ...more }, (line) => said.push(line));
}

const OUTCOME = 'process.send({ outcome: { passed: 9, failed: 0, skipped: 0 } }, () => process.exit())';
const PREPARED = 'process.send({ prepared: true })';

test('runs when it is told to, and what it counted counts', async () => {
  const pods = start(`process.once('message', () => { ${PREPARED}; ${OUTCOME}; });`);
  expect(await pods.finish()).toEqual({ passed: 9, failed: 0, skipped: 0 });
});

test('may end before its turn if it is skipped', async () => {
  const skipped = { passed: 0, failed: 0, skipped: 1 };
  const pods = start(`process.send({ outcome: ${JSON.stringify(skipped)} }, () => process.exit());`);
  expect(await pods.finish()).toEqual(skipped);
});

test('has failed if it ends without an outcome', async () => {
  expect(await start('process.exit(1);').finish()).toEqual({ passed: 0, failed: 1, skipped: 0 });
  const pods = start(`${PREPARED}; process.once('message', () => process.kill(process.pid, 'SIGKILL'));`);
  expect(await pods.finish()).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('is skipped if it is not prepared in time, failed if it does not end, and is killed', async () => {
  const late = start('setInterval(() => {}, 1000);', { preparedWithinMs: 300 });
  expect(await late.finish()).toEqual({ passed: 0, failed: 0, skipped: 1 });
  expect(late.process.signalCode).toBe('SIGTERM');
  expect(said.join()).toMatch(/^skipped: what it needs was not prepared in time/);
  const endless = start(`${PREPARED}; process.on('message', () => {});`, { runWithinMs: 300 });
  expect(await endless.finish()).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(endless.process.signalCode).toBe('SIGTERM');
});
