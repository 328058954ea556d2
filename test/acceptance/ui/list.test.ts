/** The list of keys: live, filtered, sorted, for those who may see all of it and for those who may see little. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessKeyRef,
  fixtures,
  type NamespacedRef,
  ready,
  reason,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import { READS_KEYS, userWith } from '../cli/user.ts';
import { NO_BROWSER, type OpenedPage, type Stage, setStage } from './stage.ts';

const { bed, namespace, operator, store: makeStore, accessKey, end } = await fixtures('ui-list');

describe.skipIf(NO_BROWSER !== undefined)('the list', () => {
  let stage: Stage;
  let opened: OpenedPage;
  let page: Page;
  let store: TestStore;
  let ns = '';
  let empty = '';
  const limited = {
    limited: true,
    bucketAccess: [{ bucketName: 'photos', permissions: 'read_only' as const }],
  };
  const rowOf = (label: string, on = page): Locator => on.getByRole('row').filter({ hasText: label });
  const labels = async () => page.getByRole('rowheader').getByRole('button').allTextContents();

  beforeAll(async () => {
    await operator();
    [ns, empty] = await Promise.all([namespace(), namespace()]);
    store = await makeStore({ grants: [{ namespaces: { names: [ns] }, buckets: ['photos'] }] });
    stage = await setStage(bed);
    const keys: NamespacedRef[] = [
      await accessKey(
        ns,
        store,
        { ...limited, label: 'Beta', rotation: { interval: '720h', gracePeriod: '24h' } },
        'b',
      ),
      await accessKey(ns, store, { ...limited, label: 'Alpha', expiresAt: '2099-12-31T00:00:00Z' }, 'a'),
    ];
    const denied = {
      limited: true,
      bucketAccess: [{ bucketName: 'payroll', permissions: 'read_only' as const }],
    };
    await accessKey(ns, store, { ...denied, label: 'Denied' }, 'denied');
    await accessKey(ns, store, { ...limited, label: 'Gamma', disabled: true }, 'gamma');
    for (const key of keys) await ready(bed, key);
    await reason(bed, accessKeyRef(ns, 'denied'), 'GrantDenied');
    await reason(bed, accessKeyRef(ns, 'gamma'), 'Disabled');
    opened = await stage.open({ args: ['-n', ns] });
    page = opened.page;
    await page.getByText('4 keys').waitFor();
  });
  afterAll(async () => {
    await stage?.end();
    await end();
  });

  test('shows label, key id, access, store, ready or why not, next rotation and expiry', async () => {
    const { status } = await ready(bed, accessKeyRef(ns, 'b'));
    const beta = await rowOf('Beta').textContent();
    expect(beta).toContain(status.accessKeyId);
    expect(beta).toContain('1 bucket');
    expect(beta).toContain(store.name);
    expect(beta).toMatch(/Ready\d+s|Ready\d+m/);
    expect(beta).toMatch(/in 2\dd/);
    expect(await rowOf('Alpha').textContent()).toContain('2099-12-31');
    expect(await rowOf('Denied').textContent()).toMatch(/Not ready.*GrantDenied: .*does not grant/);
    expect(await rowOf('Gamma').textContent()).toContain('Disabled');
  });

  test('sorts by a column, with the keyboard too', async () => {
    expect(await labels()).toEqual(['Alpha', 'Beta', 'Denied', 'Gamma']);
    const heading = page.getByRole('columnheader', { name: 'Label' });
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(await labels()).toEqual(['Gamma', 'Denied', 'Beta', 'Alpha']);
    await page.getByRole('button', { name: 'Expires' }).click();
    expect((await labels())[0]).toBe('Alpha');
    await heading.getByRole('button').click();
  });

  test('filters by words and by status, and says how to see the rest', async () => {
    const search = page.getByRole('searchbox', { name: 'Search keys' });
    await search.fill('grantdenied');
    expect(await labels()).toEqual(['Denied']);
    await page.getByText('1 of 4 keys').waitFor();
    await search.fill('nobody');
    await page.getByRole('heading', { name: 'No key matches' }).waitFor();
    await page.getByRole('button', { name: 'Show every key' }).click();
    expect(await labels()).toHaveLength(4);
    await page.getByLabel('Status').selectOption('Not ready');
    expect(await labels()).toEqual(['Denied']);
    await page.getByLabel('Status').selectOption('Disabled');
    expect(await labels()).toEqual(['Gamma']);
    await page.getByLabel('Status').selectOption('Every status');
  });

  test('is live: a key comes, changes and goes without a reload', async () => {
    const ref = await accessKey(ns, store, { ...limited, label: 'Fleeting' }, 'short');
    await rowOf('Fleeting').getByText('Ready', { exact: true }).waitFor();
    await bed.api.patch(ref, { spec: { label: 'Renamed' } });
    await rowOf('Renamed').waitFor();
    expect(await rowOf('Fleeting').count()).toBe(0);
    await bed.api.delete(ref);
    await rowOf('Renamed').waitFor({ state: 'detached' });
    await page.getByText('4 keys').waitFor();
  });

  test('an empty namespace says what to do next', async () => {
    await page.getByLabel('Namespace').selectOption(empty);
    await page.getByRole('heading', { name: `No access keys in namespace ${empty}` }).waitFor();
    expect(await page.getByRole('button', { name: 'Create access key' }).count()).toBe(2);
    await page.getByLabel('Namespace').selectOption('All namespaces');
    await rowOf(`${ns}/b`).waitFor();
    await page.getByLabel('Namespace').selectOption(ns);
    await page.getByText('4 keys').waitFor();
  });

  test('arrow keys move among the rows, Enter opens one, Escape gives the focus back', async () => {
    await page.getByRole('button', { name: 'Alpha' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Beta');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Beta' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Beta');
  });

  test('shows a label as text, whatever is in it', async () => {
    const ref = await accessKey(ns, store, { ...limited, label: '<img src=x onerror=alert(1)>' }, 'markup');
    await rowOf('<img src=x onerror=alert(1)>').waitFor();
    await bed.api.delete(ref);
    expect(opened.faults).toEqual([]);
  });

  test('who may only read one namespace sees it, and is offered nothing else', async () => {
    const kubeconfig = await userWith(bed, ns, READS_KEYS);
    const { page: own } = await stage.open({ kubeconfig });
    await own.getByText('4 keys').waitFor();
    expect(await own.getByRole('button', { name: 'Create access key' }).count()).toBe(0);
    await own.getByRole('button', { name: 'Beta' }).click();
    await own.getByRole('heading', { name: 'Permissions' }).waitFor();
    for (const name of ['Edit', 'Show pair', 'Rotate', 'Disable', 'Revoke'])
      expect([name, await own.getByRole('button', { name }).count()]).toEqual([name, 0]);
    await own.getByText('S3 actions are not shown, since they depend on the store').waitFor();
    await own.getByText('Events are not shown, since you may not list events').waitFor();
    await own.keyboard.press('Escape');
    // They may not list namespaces: they write the name of one.
    await own.getByRole('textbox', { name: 'Namespace' }).fill(empty);
    await own.keyboard.press('Tab');
    await own.getByText(/you may not list accesskeys.accesskeys.dev in namespace/).waitFor();
    await own.getByRole('textbox', { name: 'Namespace' }).fill(ns);
    await own.keyboard.press('Tab');
    await own.getByText('4 keys').waitFor();
  });

  test('says that the API server is away, and goes on when it is back', async () => {
    await bed.apiserver.stop();
    await page.getByText('The list may be old').waitFor();
    expect(await labels()).toHaveLength(4);
    await bed.apiserver.start();
    await page.getByText('The list may be old').waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByText('Live', { exact: true }).waitFor();
  });
});
