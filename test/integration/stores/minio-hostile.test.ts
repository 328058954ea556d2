/** Endpoints that aren't a MinIO, or that mean ill. */
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createMinioStore,
  type MinioStore,
  type MinioStoreOptions,
} from '../../../src/provider/minio/admin.ts';
import { seal } from '../../../src/provider/minio/sealing.ts';

const credentials = { accessKeyId: 'OPERATOR', secretAccessKey: 'the-operators-own-secret' };
const pair = { accessKeyId: 'SOMEBODY', secretAccessKey: 'the-secret-of-somebody' };
const policy = { ID: '', Version: '2012-10-17', Statement: [] } as const;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Starts a listener, and counts its connections and requests. */
async function serve(
  listener: RequestListener,
): Promise<{ url: string; connections: Set<Socket>; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.on('error', () => {});
    listener(request, response);
  });
  return { ...(await listen(server)), requests };
}

async function listen(server: Server | TcpServer): Promise<{ url: string; connections: Set<Socket> }> {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('error', () => {}).on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

function open(endpoint: string, options: Partial<MinioStoreOptions> = {}): MinioStore {
  const store = createMinioStore({ endpoint, credentials, timeoutMs: 5000, ...options });
  cleanups.push(() => store.close());
  return store;
}

const CALLS: readonly (readonly [name: string, call: (store: MinioStore) => Promise<unknown>])[] = [
  ['getUser', (store) => store.getUser('SOMEBODY')],
  ['listUsers', (store) => store.listUsers()],
  ['putUser', (store) => store.putUser(pair)],
  ['removeUser', (store) => store.removeUser('SOMEBODY')],
  ['setUserEnabled', (store) => store.setUserEnabled('SOMEBODY', true)],
  ['setUserPolicies', (store) => store.setUserPolicies('SOMEBODY', ['p'])],
  ['revokeSessions', (store) => store.revokeSessions('SOMEBODY')],
  ['getPolicy', (store) => store.getPolicy('p')],
  ['putPolicy', (store) => store.putPolicy('p', policy)],
  ['removePolicy', (store) => store.removePolicy('p')],
  ['policyEntities', (store) => store.policyEntities('p')],
  ['probe', (store) => store.probe(pair)],
  ['check', (store) => store.check()],
];
const READS = CALLS.filter(([name]) => /^(get|list|policyEntities|probe|check)/.test(name));

/** Fails as `unreachable`, in a sentence that says why and repeats neither the answer nor a secret. */
async function expectUnreachable(call: Promise<unknown>, words: string | RegExp): Promise<void> {
  const error = await call.then(
    () => expect.fail('it did not fail'),
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ name: 'StoreError', kind: 'unreachable' });
  expect(String(error)).toMatch(words);
  for (const secret of ['LEAK', credentials.secretAccessKey, pair.secretAccessKey]) {
    expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain(secret);
  }
}

describe('the client copes with something else at the endpoint:', () => {
  test.each(CALLS)('a web server that has nothing: %s', async (_, call) => {
    const { url } = await serve((_request, response) => response.writeHead(404).end('<html>LEAK 404'));
    await expectUnreachable(call(open(url)), /not (answer|offer)/);
  });

  test.each(CALLS)('a page that says 200 to everything: %s', async (_, call) => {
    const page = { 'content-type': 'text/html; charset=utf-8' };
    const { url } = await serve((_request, response) => response.writeHead(200, page).end('<html>LEAK'));
    await expectUnreachable(call(open(url)), 'a web page');
  });

  test.each(READS)('JSON of something else: %s', async (_, call) => {
    const json = { 'content-type': 'application/json' };
    const { url } = await serve((_request, response) =>
      response.writeHead(200, json).end('{"LEAK":["LEAK"]}'),
    );
    await expectUnreachable(call(open(url)), 'does not answer as a MinIO store does');
  });

  test.each(CALLS)('a redirect is not followed: %s', async (_, call) => {
    const target = await serve((_request, response) => response.end());
    const { url } = await serve((request, response) =>
      response.writeHead(307, { location: `${target.url}${request.url}` }).end(),
    );
    await expectUnreachable(call(open(url)), 'redirects');
    expect(target.requests).toEqual([]);
  });

  test('no HTTP at all', async () => {
    const { url } = await listen(createTcpServer((socket) => socket.end('220 LEAK ESMTP\r\n')));
    await expectUnreachable(open(url).check(), 'does not speak HTTP');
  });

  test('nobody', async () => {
    const { url } = await listen(createTcpServer());
    await cleanups.pop()?.();
    await expectUnreachable(open(url).check(), 'refuses connections');
  });

  test('a name that does not exist', async () => {
    await expectUnreachable(open('http://store.invalid').check(), /resolved/);
  });

  test('HTTP instead of TLS', async () => {
    const { url } = await serve((_request, response) => response.end());
    await expectUnreachable(open(url.replace('http:', 'https:')).check(), 'TLS');
  });
});

describe('the client ends an answer without end:', () => {
  test('no answer: the deadline', async () => {
    const { url, connections } = await serve(() => {});
    await expectUnreachable(open(url, { timeoutMs: 300 }).check(), 'within 0.3 s');
    await expect.poll(() => connections.size).toBe(0);
  });

  test('an answer that trickles: the same deadline', async () => {
    const { url, connections } = await serve((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    const before = performance.now();
    await expectUnreachable(open(url, { timeoutMs: 300 }).check(), 'within 0.3 s');
    expect(performance.now() - before).toBeLessThan(2000);
    await expect.poll(() => connections.size).toBe(0);
  });

  test.each([
    ['check', 65536],
    ['listUsers', 67108864],
  ] as const)('an endless answer to %s is cut at %i bytes', async (name, most) => {
    let sent = 0;
    const blank = await seal(credentials.secretAccessKey, Buffer.alloc(most + 1024 * 1024, ' '));
    const { url, connections } = await serve((_request, response) => {
      if (name === 'listUsers') return void response.end(blank);
      const piece = Buffer.alloc(65536, ' ');
      const write = () => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.on('drain', write);
      write();
    });
    await expectUnreachable(open(url)[name](), `more than ${most} bytes`);
    await expect.poll(() => connections.size).toBe(0);
    expect(sent).toBeLessThan(most + 16 * 1024 * 1024);
  });

  test("an error's answer is cut at 65536 bytes, also in answer to a list", async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(500).end(Buffer.alloc(1024 * 1024, ' ')),
    );
    await expectUnreachable(open(url).listUsers(), 'more than 65536 bytes');
  });

  test.each<[string, string, string]>([
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\nx-leak: LEAK\r\n\r\n'],
    ['a header', 'HTTP/1.1 200 OK\r\nx-leak: ', 'LEAK'],
    ['a status line', 'HTTP/1.1 200 ', 'LEAK'],
    ['a chunk extension', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'LEAK'],
    ['a chunk size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '0'],
    ['trailers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n', 'x-leak: LEAK\r\n'],
    ['a trailer', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-leak: ', 'LEAK'],
  ])('%s without end: the deadline at the latest, and nothing is kept', async (_, beginning, piece) => {
    const { url, connections } = await listen(
      createTcpServer((socket) => {
        const pieces = piece.repeat(16_384);
        const write = () => {
          while (!socket.destroyed && socket.write(pieces));
        };
        socket.on('drain', write).once('data', () => {
          socket.write(beginning);
          write();
        });
      }),
    );
    const before = process.memoryUsage().rss;
    await expectUnreachable(open(url, { timeoutMs: 1_000 }).check(), 'could not check the store');
    await expect.poll(() => connections.size).toBe(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
  });

  test('a length beyond the limit is refused before the body comes', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': 65537 }).flushHeaders(),
    );
    await expectUnreachable(open(url).check(), 'more than 65536 bytes');
  });

  test('a compressed answer is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
    let accepted: string | undefined;
    const { url } = await serve((request, response) => {
      accepted = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    await expectUnreachable(open(url).check(), 'compressed');
    expect(accepted).toBe('identity');
  });

  test('headers without end', async () => {
    const { url } = await listen(
      createTcpServer((socket) => {
        const write = () => {
          while (!socket.destroyed && socket.write(`x-leak: ${'LEAK'.repeat(1000)}\r\n`));
        };
        socket.write('HTTP/1.1 200 OK\r\n');
        socket.on('drain', write);
        write();
      }),
    );
    await expectUnreachable(open(url).check(), 'headers');
  });
});

describe('the client refuses a sealed answer:', () => {
  const answer = (body: Buffer | string) => serve((_request, response) => response.end(body));

  test.each([
    ['nothing', ''],
    ['plain JSON that is long enough', JSON.stringify({ LEAK: 'LEAK'.repeat(100) })],
    ['noise that calls itself Argon2id', Buffer.alloc(100, 0)],
    ['noise that calls itself PBKDF2', Buffer.alloc(100, 2)],
  ])('%s', async (_, body) => {
    await expectUnreachable(open((await answer(body)).url).listUsers(), 'the answer is');
  });

  test('sealed with another secret', async () => {
    const { url } = await answer(await seal('another', Buffer.from('{}')));
    await expectUnreachable(open(url).listUsers(), 'another secret');
  });

  test.each([
    ['a list', '["LEAK"]'],
    ['users that are none', '{"LEAK":{"status":"LEAK"}}'],
    ['not JSON', 'LEAK'],
  ])('sealed as it should be, but %s', async (_, content) => {
    const { url } = await answer(await seal(credentials.secretAccessKey, Buffer.from(content)));
    await expectUnreachable(open(url).listUsers(), 'does not answer as a MinIO store does');
  });

  test('names that could break a program', async () => {
    const content = '{"__proto__":{"status":"enabled","polluted":1},"constructor":{"status":"disabled"}}';
    const { url } = await answer(await seal(credentials.secretAccessKey, Buffer.from(content)));
    const users = await open(url).listUsers();
    expect([...users.keys()].sort()).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('connections', () => {
  const noPolicy = JSON.stringify({ Code: 'XMinioAdminNoSuchPolicy' });

  test('may be closed by the server while idle without a failure', async () => {
    const served = new Set<Socket>();
    let cut = 0;
    const { url } = await serve((request, response) => {
      if (served.has(request.socket)) {
        cut += 1;
        request.socket.destroy();
        return;
      }
      served.add(request.socket);
      response.writeHead(404).end(noPolicy);
    });
    const store = open(url);
    for (let call = 0; call < 6; call += 1) await store.check();
    expect(cut).toBeGreaterThan(1);
  });

  test.each([
    [
      'a second answer that nobody asked for',
      'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"status":"enabled"}',
    ],
    ['bytes behind the answer', '{"status":"enabled"}'],
  ])('never take %s for an answer to the next request', async (_, trailing) => {
    const body = JSON.stringify({ Code: 'XMinioAdminNoSuchUser' });
    const { url } = await listen(
      createTcpServer((socket) =>
        socket.on('data', () =>
          socket.write(`HTTP/1.1 404 Not Found\r\ncontent-length: ${body.length}\r\n\r\n${body}${trailing}`),
        ),
      ),
    );
    const store = open(url, { concurrency: { min: 1, max: 1, isWanted: () => false } });
    for (let call = 0; call < 10; call += 1) expect(await store.getUser('SOMEBODY')).toBeUndefined();
  });

  test('that hang in the TLS handshake are given up, and the endpoint is tried again once it serves', async () => {
    let hangs = true;
    const plain = await serve((_request, response) => response.writeHead(404).end(noPolicy));
    // Takes the connection and says nothing, or is the server.
    const { url } = await listen(
      createTcpServer((socket) => {
        if (hangs) return;
        const onward = connect(Number(new URL(plain.url).port), '127.0.0.1');
        socket.pipe(onward).pipe(socket);
        onward.on('error', () => socket.destroy());
      }),
    );
    const store = open(url.replace('http:', 'https:'), { timeoutMs: 300, connectTimeoutMs: 1_000 });
    const calls = Array.from({ length: 20 }, () => store.check());
    await Promise.allSettled(calls);
    hangs = false;
    // The server speaks no TLS: an answer of it, whatever it is, proves that the connections were made anew.
    await expect
      .poll(() => store.check().catch((error: unknown) => String(error)), { timeout: 10_000 })
      .toContain('answers without TLS');
    // Every connection of the pool, in one try of many: a busy machine misses the short deadline now and then.
    const others = async () => {
      const tries = Array.from({ length: 20 }, () => store.check().catch((error: unknown) => String(error)));
      return (await Promise.all(tries)).filter((error) => !String(error).includes('answers without TLS'));
    };
    await expect.poll(others, { timeout: 15_000 }).toEqual([]);
  });

  test('say so if they hang in the TLS handshake', async () => {
    const { url } = await listen(createTcpServer(() => {}));
    const store = open(url.replace('http:', 'https:'), { connectTimeoutMs: 1_000 });
    await expectUnreachable(store.check(), 'hangs in the TLS handshake');
  });

  test('are retried once if they are always cut', async () => {
    const { url, requests } = await serve((request) => request.socket.destroy());
    await expectUnreachable(open(url).check(), 'cut the connection off');
    expect(requests).toHaveLength(2);
  });

  test('are 16 at most, and they are kept', async () => {
    const { url, connections } = await serve((_request, response) => {
      setTimeout(() => response.writeHead(404).end(noPolicy), 5);
    });
    const store = open(url);
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, connections.size);
    }, 1);
    await Promise.all(Array.from({ length: 200 }, () => store.check()));
    clearInterval(timer);
    expect(most).toBe(16);
    expect(connections.size).toBe(16);
  });

  test('end a call that is given up as `aborted`, at once, also before it began', async () => {
    const { url, requests } = await serve(() => {});
    const store = open(url);
    const giveUp = new AbortController();
    const call = store.getUser('SOMEBODY', { signal: giveUp.signal });
    await expect.poll(() => requests.length).toBe(1);
    giveUp.abort();
    await expect(call).rejects.toMatchObject({ kind: 'aborted' });
    await expect(store.check({ signal: giveUp.signal })).rejects.toMatchObject({ kind: 'aborted' });
    expect(requests).toHaveLength(1);
  });

  test('take no more calls after close', async () => {
    const { url } = await serve((_request, response) => response.writeHead(404).end(noPolicy));
    const store = open(url);
    await store.check();
    await store.close();
    cleanups.pop();
    await expect(store.check()).rejects.toMatchObject({ kind: 'aborted' });
  });

  test('report a server that asks for a pause as `busy`', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(503, { 'retry-after': '7' }).end(),
    );
    await expect(open(url).check()).rejects.toMatchObject({ kind: 'busy', retryAfterMs: 7000 });
  });

  test.each(['ftp://store', 'store:9000', 'http://a:b@store', 'http://store/path', 'http://store?x', ''])(
    'refuse the endpoint %j',
    (endpoint) => {
      expect(() => open(endpoint)).toThrow(expect.objectContaining({ name: 'StoreError', kind: 'invalid' }));
    },
  );
});
