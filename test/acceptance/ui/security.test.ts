/** The page against those who mean harm: another page in the same browser, and another user of the same machine. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessKeyRef, fixtures } from '../../integration/support/fixtures.ts';
import { type HostileSite, startHostileSite } from './hostile-site.ts';
import { NO_BROWSER, type OpenedPage, type Stage, setStage } from './stage.ts';

const { bed, namespace, end } = await fixtures('ui-security');

describe.skipIf(NO_BROWSER !== undefined)('the page', () => {
  let stage: Stage;
  let opened: OpenedPage;
  let hostile: HostileSite;
  let ns = '';
  const isThere = async (name: string) => (await bed.api.get(accessKeyRef(ns, name))) !== undefined;

  beforeAll(async () => {
    ns = await namespace();
    [stage, hostile] = await Promise.all([setStage(bed), startHostileSite()]);
    opened = await stage.open();
    await opened.page.getByRole('heading', { name: 'Access keys', exact: true }).waitFor();
  });
  afterAll(async () => {
    hostile?.close();
    await stage?.end();
    await end();
  });

  const newKey = (name: string) => ({
    ...{ name, namespace: ns, access: [] },
    storeRef: { kind: 'ClusterObjectStore', name: 'default' },
  });

  /** A page of the hostile site in the user's browser, which has the session. */
  async function hostilePage(): Promise<Page> {
    const page = await opened.page.context().newPage();
    await page.goto(hostile.origin);
    return page;
  }

  /** Returns the page's session: the cookie's header, and the key. */
  async function stolen(): Promise<{ readonly cookie: string; readonly key: string }> {
    const cookies = await opened.page.context().cookies(opened.served.origin);
    return {
      cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
      key: await opened.page.evaluate('localStorage.getItem("accesskey-session")'),
    };
  }

  /** A request of a program, which may send any header. */
  function raw(
    path: string,
    headers: Readonly<Record<string, string>>,
    { method = 'GET', body = '' } = {},
  ): Promise<{
    readonly status: number;
    readonly text: string;
    readonly headers: NodeJS.Dict<string | string[]>;
  }> {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof raw>>>();
    httpRequest(opened.served.origin + path, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    })
      .on('error', reject)
      .end(body);
    return promise;
  }

  test('the cookie is HttpOnly and SameSite=Strict, and no script or address has a token', async () => {
    const [cookie] = await opened.page.context().cookies(opened.served.origin);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', expires: -1, path: '/' });
    expect(await opened.page.evaluate('document.cookie')).toBe('');
    expect(opened.page.url()).toBe(`${opened.served.origin}/`);
  });

  test('the session survives a reload, and a second tab', async () => {
    await opened.page.reload();
    await opened.page.getByRole('button', { name: 'Create access key' }).first().waitFor();
    const tab = await opened.page.context().newPage();
    await tab.goto(opened.served.origin);
    await tab.getByRole('button', { name: 'Create access key' }).first().waitFor();
    await tab.close();
  });

  test('listens on loopback alone', async () => {
    const port = Number(new URL(opened.served.origin).port);
    const others = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const host of ['::1', ...others.map(({ address }) => address)]) {
      const outcome = await new Promise((resolve) => {
        const socket = connect({ host, port }, () => resolve('connected'));
        socket.on('error', ({ message }) => resolve(message));
        socket.setTimeout(3_000, () => resolve('timeout'));
        void socket;
      });
      expect([host, outcome]).not.toEqual([host, 'connected']);
    }
  });

  test('a name that was rebound to 127.0.0.1 gets nothing, even with the whole session', async () => {
    const { cookie, key } = await stolen();
    const port = new URL(opened.served.origin).port;
    for (const host of [
      `evil.example:${port}`,
      `127.0.0.1.nip.io:${port}`,
      '127.0.0.1',
      `127.0.0.1:${hostile.port}`,
    ])
      for (const path of ['/', '/page.js', '/api/session', '/api/keys'])
        expect([path, host, (await raw(path, { host, cookie, 'x-accesskey-session': key })).status]).toEqual([
          path,
          host,
          421,
        ]);
    // And in a real browser, for which the name leads here.
    const rebound = await stage.browser.newContext();
    const page = await rebound.newPage();
    await page.route('http://evil.example/**', async (route) => {
      const { status, text } = await raw('/api/session', {
        host: 'evil.example',
        cookie,
        'x-accesskey-session': key,
      });
      await route.fulfill({ status, body: text });
    });
    expect((await page.goto('http://evil.example/'))?.status()).toBe(421);
    await rebound.close();
  });

  test('a page of another origin can neither read nor write, though the browser sends it the cookie', async () => {
    const { key } = await stolen();
    const page = await hostilePage();
    // Cookies don't tell ports apart: that is what the second half of the session is for.
    expect(hostile.cookies.at(-1)).toMatch(/accesskey-/);
    const outcome = (path: string, init: object) =>
      page.evaluate(
        ([url, options]) =>
          fetch(url as string, options as RequestInit).then(
            ({ type, status }) => `${type} ${status}`,
            () => 'failed',
          ),
        [opened.served.origin + path, init] as const,
      );
    const json = { 'content-type': 'application/json', 'x-accesskey-session': key };
    expect(await outcome('/api/keys', { credentials: 'include' })).toBe('failed');
    expect(await outcome('/api/keys', { credentials: 'include', mode: 'no-cors' })).toMatch(
      /failed|opaque 0/,
    );
    const body = JSON.stringify(newKey('by-fetch'));
    expect(await outcome('/api/keys', { method: 'POST', credentials: 'include', headers: json, body })).toBe(
      'failed',
    );
    await outcome('/api/keys', {
      ...{ method: 'POST', credentials: 'include', mode: 'no-cors', body },
      headers: { 'content-type': 'text/plain' },
    });
    await page.evaluate(
      ([action, name]) => {
        document.body.innerHTML = `<form method="post" enctype="text/plain" action="${action}"><input name='${name}' value=''></form>`;
        document.querySelector('form')?.submit();
      },
      [`${opened.served.origin}/api/keys`, body] as const,
    );
    await page.waitForURL(/api/);
    expect(await isThere('by-fetch')).toBe(false);
    await page.close();
  });

  test.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['no origin', { origin: undefined }],
    ['another site, by its metadata', { 'sec-fetch-site': 'cross-site' }],
    ['the type of a form', { 'content-type': 'text/plain' }],
    ['no cookie', { cookie: undefined }],
    ['no key', { 'x-accesskey-session': undefined }],
    ['a guessed key', { 'x-accesskey-session': 'guess' }],
  ])('a POST with %s makes no key', async (_, change) => {
    const { cookie, key } = await stolen();
    const whole = {
      ...{ cookie, 'x-accesskey-session': key, origin: opened.served.origin },
      ...{ 'content-type': 'application/json', host: new URL(opened.served.origin).host },
    };
    const headers = Object.fromEntries(
      Object.entries({ ...whole, ...change }).filter(
        (pair): pair is [string, string] => pair[1] !== undefined,
      ),
    );
    const { status, text } = await raw('/api/keys', headers, {
      method: 'POST',
      body: JSON.stringify(newKey('forged')),
    });
    expect([401, 403, 415]).toContain(status);
    expect(Object.keys(JSON.parse(text))).toEqual(['cause']);
    expect(await isThere('forged')).toBe(false);
  });

  test('the same POST with all of it makes one, so that those fail for what they lack', async () => {
    const { cookie, key } = await stolen();
    const headers = {
      ...{ cookie, 'x-accesskey-session': key, origin: opened.served.origin },
      ...{ 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    };
    const body = JSON.stringify(newKey('whole'));
    expect((await raw('/api/keys', headers, { method: 'POST', body })).status).toBe(200);
    expect(await isThere('whole')).toBe(true);
  });

  test('is no way to anything else of the cluster', async () => {
    const { cookie, key } = await stolen();
    const headers = { cookie, 'x-accesskey-session': key };
    for (const path of [
      '/api/v1/secrets',
      '/apis/accesskeys.dev/v1alpha1/accesskeys',
      '/api/keys/../../api/v1/secrets',
      '/api/keys/kube-system/..%2f..%2fsecrets',
      `/api/keys/${ns}/..`,
      '/api/keys?namespace=../secrets',
      '/api/rights?namespace=../x',
      '/__proto__',
      '/constructor',
      '/../package.json',
      '//evil.example/page.js/x',
    ]) {
      const { status, text } = await raw(path, headers);
      expect([path, status < 500 && status >= 400]).toEqual([path, true]);
      expect(text).not.toContain('Secret');
    }
    const large = { ...headers, origin: opened.served.origin, 'content-type': 'application/json' };
    const { status } = await raw('/api/keys', large, { method: 'POST', body: 'x'.repeat(300_000) });
    expect(status).toBe(400);
  });

  test('no page can frame it, and its policy takes no inline script, no other host and no eval', async () => {
    const page = await hostilePage();
    await page.setContent(`<iframe id="frame" src="${opened.served.origin}/"></iframe>`);
    await page.waitForTimeout(500);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    expect(await frame?.locator('#page').count()).toBe(0);
    await page.close();

    const violations = await opened.page.evaluate(async () => {
      const found: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        found.push(effectiveDirective),
      );
      const attempt = async (act: () => unknown) => {
        try {
          await act();
        } catch {
          // Refused, as it has to be.
        }
      };
      // What the debugger runs may use eval; what runs later is bound by the policy.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const added = (name: string, more: object) =>
        document.head.append(Object.assign(document.createElement(name), more));
      await attempt(() => added('script', { textContent: 'window.hacked = 1' }));
      await attempt(() => added('script', { src: 'http://evil.example/x.js' }));
      await attempt(() => {
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hacked = 1">');
      });
      await attempt(() => new Function('window.hacked = 1')());
      await attempt(() => fetch('http://evil.example/'));
      await attempt(() => added('img', { src: 'http://evil.example/x.png' }));
      await attempt(() => added('style', { textContent: 'body { background: red }' }));
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { found: [...new Set(found)].sort(), hacked: 'hacked' in window };
    });
    expect(violations.hacked).toBe(false);
    expect(violations.found).toEqual(
      expect.arrayContaining(['connect-src', 'img-src', 'require-trusted-types-for', 'style-src-elem']),
    );
    await opened.page.reload();
  });

  test('every answer has the headers, whatever it is', async () => {
    for (const path of [
      '/',
      '/page.js',
      '/page.css',
      '/icon.svg',
      '/api/session',
      '/nothing',
      '/?token=wrong',
    ]) {
      const { headers } = await raw(path, {});
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('a link that is opened again by somebody else closes the session, and the terminal says so', async () => {
    const other = await stage.open();
    const { served, page } = other;
    await page.getByRole('button', { name: 'Create access key' }).first().waitFor();
    // The same browser may follow it again.
    await page.goto(served.link);
    await page.getByRole('button', { name: 'Create access key' }).first().waitFor();

    const stranger = await (await stage.browser.newContext()).newPage();
    await stranger.goto(served.link);
    await stranger.getByText('This page opens by a link from your terminal').waitFor();
    expect(served.said()).toMatch(/opened again.*closed. A new link:\nhttp:\/\/127.0.0.1:\d+\/\?token=/);
    await page.reload();
    await page.getByText('the link works once').waitFor();

    const link =
      served
        .said()
        .match(/http:\S+token=\S+/g)
        ?.at(-1) ?? '';
    await page.goto(link);
    await page.getByRole('button', { name: 'Create access key' }).first().waitFor();
    await served.end();
  });

  test('ends with the terminal, and the page says so', async () => {
    const { served, page } = await stage.open();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await served.end()).toBe(0);
    await page.getByText('The command behind this page has ended').waitFor();
    await expect(fetch(served.origin)).rejects.toThrow();
  });

  test('says which port is taken, and which is none', async () => {
    const { port } = new URL(opened.served.origin);
    const taken = await stage.plugin.run(['ui', '--no-open', '--port', port]);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`port ${port} is in use`)]);
    expect((await stage.plugin.run(['ui', '--port', '70000'])).code).toBe(2);
  });
});
