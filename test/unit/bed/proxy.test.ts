import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { type FaultProxy, type Hook, startProxy } from '../../bed/proxy.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server with a proxy before it, and a client that keeps its connections. */
async function proxied(answer: (from: IncomingMessage, to: ServerResponse) => unknown) {
  const server = createServer((from, to) => void answer(from, to)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closing.push(proxy.close);
  const dispatcher = new Agent({ connections: 1 });
  closing.push(() => dispatcher.destroy());
  const get = async (path: string) => {
    const { statusCode, body, headers } = await request(`${proxy.url}${path}`, { dispatcher });
    return { status: statusCode, headers, text: await body.text() };
  };
  return { proxy, get, dispatcher };
}

/** Answers every request with three lines, the second and the third a while after the one before. */
async function threeLines(_: IncomingMessage, to: ServerResponse): Promise<void> {
  to.writeHead(200);
  for (const line of ['aaaa', 'bbbb', 'cccc']) {
    to.write(`${line}\n`);
    await sleep(30);
  }
  to.end();
}

/** Returns the part of a body that comes before its end, its break, or half a second of silence. */
async function received(proxy: FaultProxy, dispatcher: Agent): Promise<{ text: string; end: string }> {
  const { body } = await request(`${proxy.url}/watch`, { dispatcher });
  let text = '';
  const reading = (async () => {
    for await (const piece of body) text += piece;
    return 'ended';
  })().catch(() => 'broken');
  const end = await Promise.race([reading, sleep(500, 'silent')]);
  return { text, end };
}

test('passes method, path, headers and body on as they are, and records the request', async () => {
  const { proxy, dispatcher } = await proxied(async (from, to) => {
    let body = '';
    for await (const piece of from) body += piece;
    to.writeHead(201, { 'x-one': ['1', '2'] }).end(
      JSON.stringify({ ...from.headers, method: from.method, url: from.url, body }),
    );
  });
  const before = Date.now();
  const answer = await request(`${proxy.url}/a%2Fb?c=%20d`, {
    method: 'PUT',
    body: 'text',
    headers: { x: 'y' },
    dispatcher,
  });
  expect(await answer.body.json()).toMatchObject({
    host: new URL(proxy.url).host,
    method: 'PUT',
    url: '/a%2Fb?c=%20d',
    body: 'text',
    x: 'y',
    'content-length': '4',
  });
  expect(answer.headers['x-one']).toEqual(['1', '2']);
  expect(proxy.requests).toEqual([
    { n: 1, method: 'PUT', path: '/a%2Fb?c=%20d', at: expect.any(Number), status: 201 },
  ]);
  expect(proxy.requests[0]?.at).toBeGreaterThanOrEqual(before);
});

test('streams: a line arrives before the answer has ended', async () => {
  const { proxy, dispatcher } = await proxied((_, to) => to.write('first\n'));
  const { body } = await request(proxy.url, { dispatcher });
  const [line] = await once(body, 'data');
  expect(String(line)).toBe('first\n');
  body.on('error', () => {}).destroy();
});

test('a client that keeps its connection makes one connection', async () => {
  const { proxy, get } = await proxied((_, to) => to.end('ok'));
  for (let n = 0; n < 20; n += 1) expect((await get('/')).text).toBe('ok');
  expect(proxy.connections).toBe(1);
  expect(proxy.requests).toHaveLength(20);
});

test.each<[string, ReturnType<Hook>, number]>([
  ['reset: the server hears nothing', { do: 'reset' }, 0],
  ['dropAnswer: the server has done it', { do: 'dropAnswer' }, 1],
])('%s, the client gets an error', async (_, action, heard) => {
  let served = 0;
  const { proxy, get } = await proxied((from, to) => {
    served += 1;
    from.resume().on('end', () => to.end('done'));
  });
  proxy.onRequest(({ n }) => (n === 1 ? action : undefined));
  await expect(get('/')).rejects.toThrow();
  expect(served).toBe(heard);
  expect(proxy.requests[0]?.status).toBeUndefined();
  expect((await get('/')).text).toBe('done');
});

test('answers itself', async () => {
  const { proxy, get } = await proxied((_, to) => to.end('server'));
  proxy.onRequest(({ path }) =>
    path === '/x' ? { do: 'answer', status: 429, headers: { 'retry-after': '1' }, body: '{}' } : undefined,
  );
  expect(await get('/x')).toMatchObject({ status: 429, text: '{}', headers: { 'retry-after': '1' } });
  expect((await get('/y')).text).toBe('server');
  expect(proxy.requests.map(({ status }) => status)).toEqual([429, 200]);
});

test('holds a request as long as the hook waits', async () => {
  const { proxy, get } = await proxied((_, to) => to.end('ok'));
  const gate = Promise.withResolvers<void>();
  proxy.onRequest(async () => {
    await gate.promise;
    return { do: 'pass' };
  });
  const answer = get('/');
  expect(await Promise.race([answer, sleep(100, 'held')])).toBe('held');
  gate.resolve();
  expect((await answer).text).toBe('ok');
});

test.each<[ReturnType<Hook>, { text: string; end: string }]>([
  [
    { do: 'cut', afterLines: 1 },
    { text: 'aaaa\nbb', end: 'broken' },
  ],
  [
    { do: 'cut', afterLines: 0 },
    { text: 'aa', end: 'broken' },
  ],
  [
    { do: 'cut', afterBytes: 7 },
    { text: 'aaaa\nbb', end: 'broken' },
  ],
  [
    { do: 'cut', afterBytes: 10 },
    { text: 'aaaa\nbbbb\n', end: 'broken' },
  ],
  [
    { do: 'hang', afterLines: 2 },
    { text: 'aaaa\nbbbb\ncc', end: 'silent' },
  ],
  [
    { do: 'hang', afterBytes: 0 },
    { text: '', end: 'silent' },
  ],
  [
    { do: 'cut', afterLines: 3 },
    { text: 'aaaa\nbbbb\ncccc\n', end: 'ended' },
  ],
])('of three lines %j leaves %j', async (action, expected) => {
  const { proxy, dispatcher } = await proxied(threeLines);
  proxy.onRequest(() => action);
  expect(await received(proxy, dispatcher)).toEqual(expected);
});

test('down refuses connections and resets those there are; up accepts on the same port', async () => {
  const { proxy, get } = await proxied((_, to) => to.end('ok'));
  expect((await get('/')).text).toBe('ok');
  await proxy.down();
  await expect(get('/')).rejects.toMatchObject({
    code: expect.stringMatching(/ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET/),
  });
  await expect(get('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.up();
  expect((await get('/')).text).toBe('ok');
});

test('a client that goes away ends the request to the server', async () => {
  const left = Promise.withResolvers<void>();
  const { proxy, dispatcher } = await proxied((_, to) => {
    to.write('first\n');
    to.on('close', () => left.resolve());
  });
  const { body } = await request(proxy.url, { dispatcher });
  body.on('error', () => {}).destroy();
  await left.promise;
});

test('a server that is away resets the client', async () => {
  const proxy = await startProxy('http://127.0.0.1:1');
  closing.push(proxy.close);
  await expect(request(proxy.url)).rejects.toThrow();
});
