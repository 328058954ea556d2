/** The server's connections, by real ones. */
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, type HttpServer, serveHttp } from '../../../src/server/http.ts';
import { shareAnswer } from '../../../src/server/scrape.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(answer: () => Answer | Promise<Answer> = () => ({ status: 200, body: 'ok\n' })) {
  const server = await serveHttp('test', { host: undefined, port: 0 }, { '/livez': answer });
  closing.push(server.close);
  return server;
}

const portOf = ({ address }: HttpServer) => Number(/\d+$/.exec(address)?.[0]);

/** Opens connections from an address of this machine. Each sends a text and waits, and records whether it was ended. */
async function opened(server: HttpServer, count: number, from: string, says = ''): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let made = 0; made < count; made += 1) {
    const socket = connect({ port: portOf(server), host: '127.0.0.1', localAddress: from });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    if (says !== '') socket.write(says);
    sockets.push(socket.resume());
    closing.push(() => socket.destroy());
  }
  return sockets;
}

/** The status of /livez, on a connection of its own. */
function ask(server: HttpServer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port: portOf(server), path: '/livez', timeout: 2_000 }, (response) => {
      resolve(response.resume().statusCode);
    })
      .on('error', reject)
      .on('timeout', () => reject(new Error('no answer')));
  });
}

describe('connections', () => {
  test.each([
    ['that say nothing', ''],
    ['that begin a request', 'GET /livez HTTP/1.1\r\nhost: a\r\nx-a: '],
    ['that have got an answer and wait', 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n'],
  ])('200 of them %s keep nobody out', async (_, says) => {
    const server = await serve();
    await opened(server, 200, '127.0.0.2', says);
    for (let times = 0; times < 5; times += 1) expect(await ask(server)).toBe(200);
  });

  test('200 of them with a request that is not answered keep nobody out', async () => {
    let held = 0;
    const server = await serve(() => {
      held += 1;
      return held <= 64 ? new Promise<Answer>(() => {}) : { status: 200, body: 'ok\n' };
    });
    await opened(server, 200, '127.0.0.2', 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await ask(server)).toBe(200);
  });

  test('make room: the longest idle one of the peer with the most goes', async () => {
    const server = await serve();
    const few = await opened(server, 2, '127.0.0.3');
    const many = await opened(server, 62, '127.0.0.2');
    const [first, second, third] = many;
    // It says something, and is idle for a shorter time than the others from then on.
    first?.write('GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
    await sleep(200);
    await opened(server, 2, '127.0.0.2');
    await expect.poll(() => [second, third].map((socket) => socket?.closed)).toEqual([true, true]);
    expect([first, ...few].map((socket) => socket?.closed)).toEqual([false, false, false]);
  });

  test('are ended within 15 s if their request never ends', async () => {
    const server = await serve();
    const [silent, slow] = [
      ...(await opened(server, 1, '127.0.0.1')),
      ...(await opened(server, 1, '127.0.0.1', 'GET /livez HTTP/1.1\r\n')),
    ];
    const drip = setInterval(() => slow?.write('x'), 500);
    closing.push(() => clearInterval(drip));
    await expect.poll(() => [silent?.closed, slow?.closed], { timeout: 15_000 }).toEqual([true, true]);
  });

  test('are refused if their headers never end', async () => {
    const server = await serve();
    const [socket] = await opened(server, 1, '127.0.0.1', 'GET /livez HTTP/1.1\r\nhost: a\r\n');
    let said = '';
    socket?.on('data', (data) => {
      said += data;
    });
    socket?.write(`x: ${'y'.repeat(16_384)}`);
    await expect.poll(() => said).toContain('431');
  });

  test('of a scraper may stay open between two scrapes', async () => {
    const server = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closing.push(() => agent.destroy());
    const ports = new Set<number | undefined>();
    for (let times = 0; times < 3; times += 1) {
      await new Promise((resolve, reject) => {
        get({ port: portOf(server), path: '/livez', agent }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on('end', resolve);
        }).on('error', reject);
      });
    }
    expect(ports.size).toBe(1);
  });
});

describe('an answer that takes time', () => {
  test('is computed once for all who wait for it, and not again for as long as it took', async () => {
    let made = 0;
    let running = 0;
    let busyMs = 0;
    const answer = shareAnswer(async () => {
      made += 1;
      running += 1;
      expect(running).toBe(1);
      const body = String(made);
      const startedAt = performance.now();
      await sleep(50);
      busyMs += performance.now() - startedAt;
      running -= 1;
      return { status: 200, body };
    });
    const startedAt = performance.now();
    const first = answer();
    await sleep(10);
    const meanwhile = await Promise.all([first, ...Array.from({ length: 20 }, () => answer())]);
    expect(meanwhile.map(({ body }) => body)).toEqual(['1', ...Array.from({ length: 20 }, () => '2')]);
    for (let times = 0; times < 4; times += 1) await answer();
    expect(made).toBe(6);
    expect(busyMs / (performance.now() - startedAt)).toBeLessThan(0.65);
  });

  test('is computed again if it fails', async () => {
    let fails = true;
    const answer = shareAnswer(async () => {
      if (fails) throw new Error('failed');
      return { status: 200, body: 'ok\n' };
    });
    await expect(answer()).rejects.toThrow('failed');
    fails = false;
    expect(await answer()).toMatchObject({ status: 200 });
  });
});
