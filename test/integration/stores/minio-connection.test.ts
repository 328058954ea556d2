/** A real MinIO behind TLS, frozen, restarted, and behind a proxy that makes it an older one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MinioStore } from '../../../src/provider/minio/admin.ts';
import { type Action, type Proxy as FaultProxy, startProxy } from '../../bed/proxy.ts';
import { writeCertificate } from '../../bed/tls.ts';
import { newPair, type OwnMinio, startOwnMinio, untilStarted } from '../support/minio-server.ts';

describe('TLS', () => {
  let own: OwnMinio;
  beforeAll(async () => {
    own = await startOwnMinio({ tls: true });
  });
  afterAll(async () => {
    await own.end();
  });

  test('checks the server by the given CA', async () => {
    const store = own.open({ caBundle: `of the store:\n${own.minio.caPem}\n` });
    await store.check();
    expect((await store.listUsers()).size).toBe(0);
  });

  test('refuses a server of another CA, whatever the environment says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'accesskeys-tls-'));
    const other = await writeCertificate(folder);
    await rm(folder, { recursive: true });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      for (const store of [own.open({ caBundle: other }), own.open()]) {
        const error = await store.check().catch((caught: unknown) => caught);
        expect(error).toMatchObject({ kind: 'unreachable' });
        expect(String(error)).toMatch(/certificate that is not trusted/);
      }
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'refuses the CA bundle %j',
    (caBundle) => {
      expect(() => own.open({ caBundle })).toThrow(expect.objectContaining({ kind: 'invalid' }));
    },
  );
});

describe('a MinIO', () => {
  let own: OwnMinio;
  beforeAll(async () => {
    own = await startOwnMinio();
  });
  afterAll(async () => {
    await own.end();
  });

  test('that is frozen is unreachable within the deadline, and works again when it goes on', async () => {
    const store = own.open({ timeoutMs: 1000 });
    await store.check();
    await own.minio.pause();
    try {
      const before = performance.now();
      const calls = await Promise.allSettled(Array.from({ length: 40 }, () => store.check()));
      expect(performance.now() - before).toBeLessThan(3000);
      const kinds = calls.map((call) => (call.status === 'rejected' ? call.reason.kind : 'passed'));
      expect(new Set(kinds)).toEqual(new Set(['unreachable']));
    } finally {
      await own.minio.resume();
    }
    await store.check();
  });

  test('that was restarted is asked on new connections', async () => {
    const store = own.open();
    await Promise.all(Array.from({ length: 16 }, () => store.check()));
    await own.minio.stop();
    await expect(store.check()).rejects.toMatchObject({ kind: 'unreachable' });
    await own.minio.start();
    await untilStarted(store);
    await Promise.all(Array.from({ length: 16 }, () => store.check()));
  });

  describe('behind a proxy:', () => {
    let proxy: FaultProxy;
    let store: MinioStore;
    beforeEach(async () => {
      proxy = await startProxy(own.minio.endpoint);
      store = own.open({ endpoint: proxy.url });
    });
    afterEach(async () => {
      await proxy.close();
    });

    const answerTo = (path: string, action: Action) =>
      proxy.onRequest((request) => (request.path.startsWith(`/minio/admin/v3/${path}`) ? action : undefined));
    const asked = (path: string) => proxy.requests.filter((request) => request.path.includes(path)).length;

    async function newUser(): Promise<string> {
      const pair = newPair();
      await store.putUser(pair);
      return pair.accessKeyId;
    }

    test('the limit rises with the distance, without metrics, and starts over when a call fails', async () => {
      const concurrency = { min: 4, max: 32, isWanted: () => true };
      const far = own.open({ endpoint: proxy.url, concurrency });
      expect(far.concurrency()).toBe(4);
      proxy.onRequest(() => sleep(50, undefined));
      // While the machine does something else, answers seem to wait for the server.
      for (let n = 0; n < 50 && far.concurrency() === 4; n += 1)
        await Promise.all(Array.from({ length: 4 }, () => far.getPolicy('a')));
      expect(far.concurrency()).toBeGreaterThan(4);
      proxy.onRequest(() => ({ do: 'answer', status: 503 }));
      await expect(far.getPolicy('a')).rejects.toMatchObject({ kind: 'busy' });
      expect(far.concurrency()).toBe(4);
    });

    test('a write whose answer is lost is sent again', async () => {
      const id = await newUser();
      let lost = 0;
      proxy.onRequest(() => (lost++ === 0 ? { do: 'dropAnswer' } : undefined));
      await store.removeUser(id);
      expect(asked('remove-user')).toBe(2);
      proxy.onRequest(undefined);
      expect(await store.getUser(id)).toBeUndefined();
    });

    test('a server that cannot revoke sessions gets no request to revoke them', async () => {
      const id = await newUser();
      answerTo('revoke-tokens', { do: 'answer', status: 426, body: '{"Code":"XMinioAdminVersionMismatch"}' });
      await store.revokeSessions(id);
      answerTo('revoke-tokens', { do: 'answer', status: 403, body: '{"Code":"AccessDenied"}' });
      await expect(store.revokeSessions(id)).rejects.toMatchObject({ kind: 'refused' });
    });
  });
});
