/** The memory that the longest answers of an endpoint cost the process that asks. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { seal } from '../../../src/provider/minio/sealing.ts';

const MIB = 1024 * 1024;
const credentials = { accessKeyId: 'OPERATOR', secretAccessKey: 'the-operators-own-secret' };
const ADMIN = join(import.meta.dirname, '../../../src/provider/minio/admin.ts');

/** Makes one call in a process of its own, and prints what came of it and how far its memory rose, in MiB. */
const CALLER = `
const { createMinioStore } = await import(${JSON.stringify(ADMIN)});
const [endpoint, name, options] = process.argv.slice(1);
const store = createMinioStore({ endpoint, credentials: ${JSON.stringify(credentials)}, timeoutMs: 30_000 });
const before = process.resourceUsage().maxRSS;
let outcome = 'done';
try { await store[name](...JSON.parse(options)); } catch (error) { outcome = String(error); }
const risenMiB = (process.resourceUsage().maxRSS - before) / 1024;
console.log(JSON.stringify({ outcome, risenMiB }));
process.exit();
`;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(body: Buffer): Promise<string> {
  const server = createServer((_request, response) => {
    // In pieces and without a length, so that nothing is refused for what it announces.
    response.on('error', () => {});
    for (let from = 0; from < body.length; from += MIB) response.write(body.subarray(from, from + MIB));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function call(url: string, name: string, ...options: unknown[]) {
  const args = ['--input-type=module', '--eval', CALLER, url, name, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as { outcome: string; risenMiB: number };
}

/** Returns a text of that length, filled with the piece. */
const full = (beginning: string, piece: string, bytes: number) =>
  Buffer.concat([Buffer.from(beginning), Buffer.alloc(bytes - beginning.length, piece)]);

const sealed = (content: Buffer) => seal(credentials.secretAccessKey, content);

test('an answer of 63 MiB in nested lists to the question for the version takes next to no memory', async () => {
  const url = await serve(full('{"servers":[', '[[],[],[]],', 63 * MIB));
  const { outcome, risenMiB } = await call(url, 'serverVersion');
  expect(outcome).toBe('done');
  expect(risenMiB).toBeLessThan(64);
});

test.each([
  ['nested lists', '{"a":', '[', 'nested too deeply'],
  ['many lists', '{"a":[', '[],', 'too long'],
  ['one long name', '{"', 'x', 'too long'],
  ['entries that are no users', '{"a":1', ',"a":1', 'not an object'],
])('a list of 63 MiB of %s takes little memory', async (_, beginning, piece, words) => {
  const url = await serve(await sealed(full(beginning, piece, 63 * MIB)));
  const { outcome, risenMiB } = await call(url, 'listUsers');
  expect(outcome).toContain(words);
  expect(risenMiB).toBeLessThan(64);
});

test('a list of 15 MiB of the smallest users takes no more memory than the names that may be kept', async () => {
  let text = '{';
  for (let user = 0; text.length < 15 * MIB; user += 1) text += `"${user}":{"status":"enabled"},`;
  const url = await serve(await sealed(Buffer.from(`${text}"z":{"status":"enabled"}}`)));
  const { outcome, risenMiB } = await call(url, 'listUsers', { maxNames: 5_000 });
  expect(outcome).toContain('more than 5000 names');
  expect(risenMiB).toBeLessThan(64);
});

test('a list of who has a policy is cut at 256 KiB', async () => {
  const url = await serve(await sealed(full('{"policyMappings":[', '[],', 63 * MIB)));
  const { outcome, risenMiB } = await call(url, 'policyEntities', 'p');
  expect(outcome).toContain('more than 262144 bytes');
  expect(risenMiB).toBeLessThan(64);
});
