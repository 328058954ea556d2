/**
 * The process whose children a bed's programs are: `node supervisor.ts FOLDER...`. It ends them, removes the
 * folders and ends itself as soon as its stdin closes, which the kernel sees to however the process at the other end dies.
 * It leads a session of its own, so that a Ctrl-C in a terminal reaches it only through that pipe.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { untilStopped } from './stopped.ts';
import {
  lineSplitter,
  type Message,
  type ProgramSpec,
  type Request,
  socketPath,
} from './supervisor-protocol.ts';

interface Program {
  readonly spec: ProgramSpec;
  readonly owner: Socket;
  child: ChildProcess;
  exited: Promise<void>;
}

const folders = process.argv.slice(2);
const [folder] = folders;
if (folder === undefined) throw new Error('supervisor.ts takes the folder that it looks after');

const programs = new Map<string, Program>();
const connections = new Set<Socket>();
let ending = false;

function say(to: Socket, message: Message): void {
  if (to.writable) to.write(`${JSON.stringify(message)}\n`);
}

function running(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Each program leads a process group, so that what it has started (a compiler's workers) ends with it. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function state(program: string, child: ChildProcess): Message {
  const pid = child.pid ?? 0;
  return running(child)
    ? { program, pid }
    : { program, pid, exit: { code: child.exitCode, signal: child.signalCode } };
}

async function launch(spec: ProgramSpec, owner: Socket): Promise<Pick<Program, 'child' | 'exited'>> {
  const out = spec.log === undefined ? 'pipe' : openSync(spec.log, 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    env: { ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    detached: true,
    stdio: ['ignore', out, out],
  });
  if (out !== 'pipe') closeSync(out);
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]
      ?.setEncoding('utf8')
      .on('data', (text: string) => say(owner, { output: spec.name, stream, text }));
  }
  // 'close' comes after the last of the output, 'exit' may come before it.
  const exited = once(child, 'close').then(() => {
    for (const to of connections) say(to, state(spec.name, child));
  });
  await Promise.race([once(child, 'spawn'), exited]);
  for (const to of connections) say(to, state(spec.name, child));
  if (ending) killGroup(child);
  return { child, exited };
}

function programOf(name: string): Program {
  const program = programs.get(name);
  if (program === undefined) throw new Error(`no program ${name} in this bed`);
  return program;
}

async function carryOut(request: Request, from: Socket): Promise<void> {
  if (ending) throw new Error('the bed is being stopped');
  if (request.op === 'start') {
    const { spec } = request;
    const before = programs.get(spec.name);
    if (before !== undefined && running(before.child)) throw new Error(`${spec.name} is running already`);
    const program = { spec, owner: from, ...(await launch(spec, from)) };
    programs.set(spec.name, program);
    if (spec.bound && from.destroyed) killGroup(program.child);
    return;
  }
  const program = programOf(request.name);
  if (request.op === 'again') {
    if (running(program.child)) throw new Error(`${request.name} is running already`);
    Object.assign(program, await launch(program.spec, program.owner));
  } else if (request.op === 'signal') {
    program.child.kill(request.signal);
    if (request.signal === 'SIGSTOP') await untilStopped(program.child.pid ?? 0);
  } else if (request.op === 'stop') {
    if (running(program.child)) {
      program.child.kill(request.signal);
      program.child.kill('SIGCONT');
    }
    await program.exited;
  } else {
    say(from, state(request.name, program.child));
  }
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  server.close();
  for (const program of programs.values()) killGroup(program.child);
  await Promise.all([...programs.values()].map((program) => program.exited));
  // The one with the socket last: as long as it is there and refuses connections, somebody else may clear up.
  for (const path of folders.reverse())
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  process.exit(0);
}

const server = createServer((connection) => {
  connections.add(connection);
  connection.setEncoding('utf8').on(
    'data',
    lineSplitter((line) => {
      const request: Request = JSON.parse(line);
      carryOut(request, connection).then(
        () => say(connection, { id: request.id }),
        (error: Error) => say(connection, { id: request.id, error: error.message }),
      );
    }),
  );
  connection.on('error', () => connection.destroy());
  connection.on('close', () => {
    connections.delete(connection);
    for (const program of programs.values()) {
      if (program.spec.bound && program.owner === connection) killGroup(program.child);
    }
  });
});

for (const event of ['end', 'error', 'close']) process.stdin.on(event, () => void end());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
process.stdin.resume();
server.listen(socketPath(folder), () => process.stdout.write('ready\n'));
