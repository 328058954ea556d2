/** Endpoints that aren't a store with users: the status names each, and says what to write. */
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixtures, reason, storeReady } from '../support/fixtures.ts';
import { createLdapServer } from '../support/ldap-server.ts';

const wrong = await fixtures('wrong-endpoint');
const { bed } = wrong;
const servers: Server[] = [];
afterAll(async () => {
  await wrong.end();
  for (const server of servers) server.close();
});
beforeAll(async () => {
  await wrong.operator();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function expectSaid(endpoint: string, expected: RegExp): Promise<void> {
  const { ref } = await wrong.store({ endpoint });
  const said = async () => (await reason(bed, ref, 'StoreUnreachable', { timeoutMs: 20_000 })).message;
  // The console comes up after its server.
  await expect.poll(said, { timeout: 20_000, interval: 500 }).toMatch(expected);
}

test("a store names MinIO's console at its endpoint", async () => {
  const port = await freePort();
  await bed.startMinio({ env: { MINIO_BROWSER: 'on', MINIO_CONSOLE_ADDRESS: `127.0.0.1:${port}` } });
  await expectSaid(
    `http://127.0.0.1:${port}`,
    /this is the port of MinIO's console: write the host and port of its S3 API/,
  );
});

test('a store names https spoken to http', () =>
  expectSaid(bed.minio.endpoint.replace('http:', 'https:'), /answers without TLS \(.+\): write http:\/\//));

test('a store names http spoken to https', async () => {
  const { endpoint } = await bed.startMinio({ tls: true });
  await expectSaid(endpoint.replace('https:', 'http:'), /it accepts only TLS: write https:\/\//);
});

test('a store names another kind of server, or a store behind a path, with the remedy', async () => {
  const port = await listen(
    createHttpServer((_, response) => response.writeHead(404).end('<p>nothing here')),
  );
  await expectSaid(
    `http://127.0.0.1:${port}`,
    /does not answer as a MinIO store does: write the host and port of its S3 API .+ behind a path/,
  );
});

test('a MinIO with LDAP, which takes no users, says so itself; one without serves', async () => {
  const port = await listen(createLdapServer());
  const minio = await bed.startMinio({
    env: {
      MINIO_IDENTITY_LDAP_SERVER_ADDR: `127.0.0.1:${port}`,
      MINIO_IDENTITY_LDAP_SERVER_INSECURE: 'on',
      MINIO_IDENTITY_LDAP_LOOKUP_BIND_DN: 'cn=reader,dc=example',
      MINIO_IDENTITY_LDAP_LOOKUP_BIND_PASSWORD: 'reader',
      MINIO_IDENTITY_LDAP_USER_DN_SEARCH_BASE_DN: 'ou=people,dc=example',
      MINIO_IDENTITY_LDAP_USER_DN_SEARCH_FILTER: '(uid=%s)',
    },
  });
  const { ref } = await wrong.store({ minio });
  const { message } = await reason(bed, ref, 'StoreNotReady', { timeoutMs: 20_000 });
  expect(message).toMatch(
    /it has LDAP as its identity provider, and takes no users of its own; name a MinIO/,
  );
  await storeReady(bed, (await wrong.store()).ref);
});
