import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connectSupervisor, startSupervisor } from '../../bed/supervise.ts';
import { lineSplitter } from '../../bed/supervisor-protocol.ts';

const SLEEP = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], env: {} };
const SUPERVISE = join(import.meta.dirname, '..', '..', 'bed', 'supervise.ts');

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pid: number) =>
  vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 5000, interval: 20 });

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function supervised() {
  const folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  const supervisor = await startSupervisor(folder);
  ends.push(supervisor.end);
  return { folder, supervisor };
}

/** A process that has a supervisor start one program, and prints its pid. */
async function parentOfOne(folder: string): Promise<{ parent: ChildProcess; pid: number }> {
  const source = `
    import { startSupervisor } from ${JSON.stringify(SUPERVISE)};
    const supervisor = await startSupervisor(${JSON.stringify(folder)});
    const program = await supervisor.start(${JSON.stringify({ ...SLEEP, name: 'a', bound: false })});
    console.log(program.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = await once(parent.stdout, 'data');
  return { parent, pid: Number(pid) };
}

describe('a supervisor', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'ends all when its parent dies by %s',
    async (signal) => {
      const folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
      const { parent, pid } = await parentOfOne(folder);
      expect(alive(pid)).toBe(true);
      parent.kill(signal);
      await gone(pid);
      await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 5000 });
    },
  );

  test('ends a program that is paused', async () => {
    const { supervisor, folder } = await supervised();
    const program = await supervisor.start({ ...SLEEP, name: 'a', bound: false });
    await program.pause();
    await supervisor.end();
    expect(alive(program.pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  test('ends what a program has started itself', async () => {
    const { supervisor } = await supervised();
    const source = `console.log(require('node:child_process').spawn(process.execPath, ${JSON.stringify(SLEEP.args)}).pid)`;
    const child = Promise.withResolvers<number>();
    await supervisor.start(
      { name: 'a', command: process.execPath, args: ['-e', source], env: {}, bound: false },
      lineSplitter((line) => child.resolve(Number(line))),
    );
    const pid = await child.promise;
    expect(alive(pid)).toBe(true);
    await supervisor.end();
    await gone(pid);
  });

  test('ends a bound program with the connection that started it, and no other', async () => {
    const { supervisor, folder } = await supervised();
    const other = await connectSupervisor(folder, { background: true });
    const kept = await other.start({ ...SLEEP, name: 'kept', bound: false });
    const bound = await other.start({ ...SLEEP, name: 'bound', bound: true });
    const seen = await supervisor.attach('bound');
    other.disconnect();
    expect(await seen.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(alive(bound.pid)).toBe(false);
    expect(alive(kept.pid)).toBe(true);
  });

  test('shows a program that somebody else restarts as it is now', async () => {
    const { supervisor, folder } = await supervised();
    const other = await connectSupervisor(folder, { background: true });
    const mine = await supervisor.start({ ...SLEEP, name: 'a', bound: false });
    const before = mine.pid;
    const theirs = await other.attach('a');
    await theirs.pause();
    expect(await theirs.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await mine.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await theirs.again();
    await vi.waitFor(() => expect(mine.pid).not.toBe(before));
    expect(theirs.pid).toBe(mine.pid);
    await mine.stop('SIGKILL');
    expect(await theirs.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('gives the exit code and the whole output of a short program', async () => {
    const { supervisor } = await supervised();
    let text = '';
    const spec = {
      name: 'a',
      command: process.execPath,
      args: ['-e', 'console.log("x".repeat(1e6)); process.exitCode = 3'],
    };
    const program = await supervisor.start({ ...spec, env: {}, bound: false }, (piece) => {
      text += piece;
    });
    expect(await program.exited).toEqual({ code: 3, signal: null });
    expect(text).toBe(`${'x'.repeat(1e6)}\n`);
  });

  test('appends to a log, and passes on no environment but the given one', async () => {
    const { supervisor, folder } = await supervised();
    mkdirSync(join(folder, 'logs'));
    const log = join(folder, 'logs', 'a.log');
    const spec = {
      name: 'a',
      command: process.execPath,
      args: ['-e', 'console.log(process.env.A, process.env.PATH)'],
    };
    const program = await supervisor.start({ ...spec, env: { A: '1' }, log, bound: false });
    await program.exited;
    await program.again();
    await program.exited;
    expect(readFileSync(log, 'utf8')).toBe('1 undefined\n1 undefined\n');
  });

  test('refuses what is not there, and a name that is taken', async () => {
    const { supervisor } = await supervised();
    const program = { args: [], env: {}, bound: false };
    await expect(supervisor.start({ ...program, name: 'x', command: '/nonesuch' })).rejects.toThrow('ENOENT');
    await expect(supervisor.attach('y')).rejects.toThrow('no program y');
    await supervisor.start({ ...SLEEP, name: 'a', bound: false });
    await expect(supervisor.start({ ...SLEEP, name: 'a', bound: false })).rejects.toThrow(
      'a is running already',
    );
  });
});

test('lineSplitter puts lines together that come in pieces', () => {
  const lines: string[] = [];
  const split = lineSplitter((line) => lines.push(line));
  for (const piece of ['a', 'b\n\nc', '\nd']) split(piece);
  expect(lines).toEqual(['ab', '', 'c']);
});
