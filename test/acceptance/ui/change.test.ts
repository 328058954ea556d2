/** One key on the page: what it may do, and every change of it. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AccessKey, AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import {
  accessKeyRef,
  fixtures,
  makeBucket,
  readPair,
  ready,
  s3Client,
  secretOf,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import { NO_BROWSER, type OpenedPage, type Stage, setStage } from './stage.ts';

const { bed, namespace, operator, store: makeStore, accessKey, end } = await fixtures('ui-change');

describe.skipIf(NO_BROWSER !== undefined)('a key', () => {
  let stage: Stage;
  let opened: OpenedPage;
  let page: Page;
  let store: TestStore;
  let ns = '';
  let bucket = '';
  const get = async (name: string) => (await bed.api.get(accessKeyRef(ns, name))) as unknown as AccessKey;
  const pairOf = (name: string) => readPair(bed, secretOf(accessKeyRef(ns, name)));
  const works = async (name: string) =>
    s3Client(bed.minio, await pairOf(name))
      .listBuckets()
      .then(
        () => true,
        () => false,
      );

  beforeAll(async () => {
    await operator();
    ns = await namespace();
    store = await makeStore({
      grants: [{ namespaces: { names: [ns] }, buckets: ['ui-*', 'logs'], unrestricted: true }],
    });
    bucket = await makeBucket(store, 'ui');
    stage = await setStage(bed);
    opened = await stage.open({ args: ['-n', ns] });
    page = opened.page;
  });
  afterAll(async () => {
    await stage?.end();
    await end();
  });

  beforeEach(() => closeAll());

  /** Makes a key and opens its panel. @returns the panel */
  async function panelOf(
    name: string,
    label: string,
    spec: Partial<Omit<AccessKeySpec, 'storeRef'>> = {},
  ): Promise<Locator> {
    const entries = [{ bucketName: bucket, permissions: 'read_only' as const }];
    const ref = await accessKey(ns, store, { label, limited: true, bucketAccess: entries, ...spec }, name);
    if (!spec.disabled) await ready(bed, ref);
    await page.getByRole('button', { name: label }).click();
    const panel = page.getByRole('dialog', { name: label, exact: true });
    await panel.getByRole('heading', { name: 'Permissions' }).waitFor();
    return panel;
  }

  const yamlIn = async (dialog: Locator) => parse((await dialog.locator('pre').textContent()) ?? '');

  async function closeAll(): Promise<void> {
    while ((await page.getByRole('dialog').count()) > 0) await page.keyboard.press('Escape');
  }

  test('shows permissions asked and in force, in words and as S3 actions, and Events', async () => {
    const panel = await panelOf('shown', 'Shown', {
      bucketAccess: [
        { bucketName: bucket, permissions: 'read_write', deletion: false },
        { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] },
        { bucketName: 'payroll', permissions: 'none' },
      ],
    });
    await panel.getByText('append_only').waitFor();
    await panel.getByText('May read, list and add objects, delete none').waitFor();
    await panel.getByText("May read and list objects below 2026/; none of the bucket's settings.").waitFor();
    await panel.getByText('May do nothing; the name still shows in the list of buckets.').waitFor();
    await panel.getByText('S3 actions on logs').click();
    await panel.getByText('On its objects: s3:GetObject').waitFor();
    await panel.getByText('Issued', { exact: true }).first().waitFor();
    await panel.getByText('As YAML').click();
    expect(await yamlIn(panel)).toMatchObject({
      kind: 'AccessKey',
      metadata: { name: 'shown' },
    });
    // A grant that goes away: what is in force is not what is asked any more.
    await bed.api.patch(accessKeyRef(ns, 'shown'), {
      spec: { bucketAccess: [{ bucketName: 'forbidden', permissions: 'read_only' }] },
    });
    await panel.getByText('GrantDenied').first().waitFor();
    await panel.getByText('asked for: read_only').waitFor();
    await closeAll();
  });

  test('edits label and permissions, and the pair stays', async () => {
    const panel = await panelOf('edited', 'To edit');
    const before = await pairOf('edited');
    await panel.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit To edit' });
    await expect.poll(() => dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Label').fill('Edited');
    await dialog
      .getByRole('radiogroup', { name: `Permission on ${bucket}` })
      .getByRole('radio', { name: 'Read+Write' })
      .check();
    await dialog.getByRole('button', { name: 'Add bucket' }).click();
    await dialog.getByLabel('Name of bucket 2').fill('logs');
    await dialog.getByRole('button', { name: 'As YAML' }).click();
    await expect
      .poll(async () => (await yamlIn(dialog)).spec)
      .toEqual({
        label: 'Edited',
        limited: true,
        bucketAccess: [
          { bucketName: bucket, permissions: 'read_write' },
          { bucketName: 'logs', permissions: 'read_only' },
        ],
      });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The change is in force. The pair is the same.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    const { spec, status } = await get('edited');
    expect([spec.label, status.access]).toEqual(['Edited', '2 buckets: 1 read_write, 1 read_only']);
    const after = await pairOf('edited');
    expect(after.accessKeyId).toBe(before.accessKeyId);
    await s3Client(bed.minio, after).putObject(bucket, 'one', 'by the edit');
    await page.getByRole('dialog', { name: 'Edited' }).waitFor();
    await closeAll();
  });

  test('notices that somebody else has changed the key meanwhile', async () => {
    const panel = await panelOf('raced', 'Raced');
    await panel.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit Raced' });
    await dialog.getByLabel('Label').fill('Mine');
    await bed.api.patch(accessKeyRef(ns, 'raced'), { spec: { expiresAt: '2099-01-01T00:00:00Z' } });
    await dialog.getByLabel('Label').fill('Mine too');
    await dialog.getByText('Somebody has changed this key meanwhile').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Somebody has changed this key meanwhile').waitFor();
    expect((await get('raced')).spec.label).toBe('Raced');
    await bed.api.delete(accessKeyRef(ns, 'raced'));
    await bed.api.waitGone(accessKeyRef(ns, 'raced'));
    await accessKey(ns, store, { limited: true, label: 'Another' }, 'raced');
    await dialog.getByLabel('Label').fill('Mine again');
    await dialog.getByText('This is another key of the same name').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('This is another key of the same name').waitFor();
    expect((await get('raced')).spec.label).toBe('Another');
    await closeAll();
  });

  test('rotates: a new pair, and the old one works on', async () => {
    const panel = await panelOf('rotated', 'To rotate');
    const before = await pairOf('rotated');
    await panel.getByRole('button', { name: 'Rotate' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotate To rotate' });
    await dialog.getByText('The old pair works on for the grace period').waitFor();
    await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
    await dialog.getByText('The new pair works.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const after = await pairOf('rotated');
    expect(after.accessKeyId).not.toBe(before.accessKeyId);
    await panel.getByText(`${before.accessKeyId} works until`).waitFor();
    await s3Client(bed.minio, before).listBuckets();
    await closeAll();
  });

  test('disables and enables', async () => {
    const panel = await panelOf('paused', 'To pause');
    await panel.getByRole('button', { name: 'Disable' }).click();
    await page
      .getByRole('dialog', { name: 'Disable To pause' })
      .getByRole('button', { name: 'Disable' })
      .click();
    await page.getByText('The store refuses the key.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await works('paused')).toBe(false);
    await panel.getByText('Disabled', { exact: true }).first().waitFor();
    await panel.getByRole('button', { name: 'Enable' }).click();
    await page
      .getByRole('dialog', { name: 'Enable To pause' })
      .getByRole('button', { name: 'Enable' })
      .click();
    await page.getByText('The key works again.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await works('paused')).toBe(true);
    await closeAll();
  });

  test('shows the pair on demand, and it leaves the page with its dialog', async () => {
    const panel = await panelOf('secret', 'With secret');
    const { secretAccessKey } = await pairOf('secret');
    const holds = async () => (await page.content()).includes(secretAccessKey);
    expect(await holds()).toBe(false);
    await panel.getByRole('button', { name: 'Show pair' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pair of With secret' });
    await dialog.getByRole('button', { name: 'Show the secret' }).click();
    await dialog.getByText('Region', { exact: true }).waitFor();
    expect(await holds()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await holds()).toBe(false);
    await closeAll();
  });

  test('revokes once the label is typed, and says first what stops', async () => {
    const panel = await panelOf('gone', 'To revoke');
    const { accessKeyId } = await pairOf('gone');
    const pair = await pairOf('gone');
    await panel.getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke To revoke' });
    await dialog.getByText(`The store then refuses ${accessKeyId} permanently`).waitFor();
    await dialog.getByText('Secret gone is removed').waitFor();
    await dialog.getByText('No running pod of the namespace reads the Secret').waitFor();
    const button = dialog.getByRole('button', { name: 'Revoke', exact: true });
    const field = dialog.getByLabel('Type the label to confirm: To revoke');
    for (const wrong of ['', 'to revoke', 'gone']) {
      await field.fill(wrong);
      expect([wrong, await button.isDisabled()]).toEqual([wrong, true]);
      await page.keyboard.press('Enter');
    }
    expect(await get('gone')).toBeDefined();
    await field.fill('To revoke');
    await button.click();
    await page.getByText('The key is revoked, and the store has confirmed it.').waitFor();
    expect(await get('gone')).toBeUndefined();
    await expect(s3Client(bed.minio, pair).listBuckets()).rejects.toThrow();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('This key is revoked, and its object is gone.').waitFor();
    await closeAll();
    expect(await page.getByRole('button', { name: 'To revoke' }).count()).toBe(0);
  });

  test('does not revoke a key whose object would stay', async () => {
    const panel = await panelOf('kept', 'Kept', { deletionPolicy: 'Retain', disabled: true });
    await panel.getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke Kept' });
    await dialog.getByText(/Retain: deleting the object leaves user, policy and Secret at work/).waitFor();
    expect(await dialog.getByRole('button', { name: 'Revoke', exact: true }).count()).toBe(0);
    await closeAll();
    await bed.api.patch(accessKeyRef(ns, 'kept'), { spec: { deletionPolicy: 'Delete' } });
  });

  test('an object of GitOps says who manages it, and its changes are YAML', async () => {
    const panel = await panelOf('of-git', 'Of Git');
    await bed.api.patch(accessKeyRef(ns, 'of-git'), {
      metadata: {
        annotations: { 'argocd.argoproj.io/tracking-id': `shop:accesskeys.dev/AccessKey:${ns}/of-git` },
      },
    });
    await panel.getByText('Argo CD').waitFor();
    const { spec } = await get('of-git');

    await panel.getByRole('button', { name: 'Edit' }).click();
    const edit = page.getByRole('dialog', { name: 'Edit Of Git' });
    await edit.getByLabel('Label').fill('By Git');
    await edit.getByRole('heading', { name: 'The change as a patch for Git' }).waitFor();
    await expect.poll(async () => (await yamlIn(edit)).spec.label).toBe('By Git');
    expect(await edit.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await edit.getByRole('button', { name: 'Close' }).last().click();

    await panel.getByRole('button', { name: 'Rotate' }).click();
    const rotate = page.getByRole('dialog', { name: 'Rotate Of Git' });
    await rotate.locator('pre').waitFor();
    expect((await yamlIn(rotate)).spec).toEqual({ keyGeneration: 2 });
    expect(await rotate.getByRole('button', { name: 'Rotate', exact: true }).count()).toBe(0);
    await rotate.getByRole('button', { name: 'Close' }).last().click();

    await panel.getByRole('button', { name: 'Revoke' }).click();
    const revoke = page.getByRole('dialog', { name: 'Revoke Of Git' });
    await revoke.getByText('would make it anew').waitFor();
    expect(await revoke.getByRole('button', { name: 'Revoke', exact: true }).count()).toBe(0);
    await closeAll();
    expect((await get('of-git')).spec).toEqual(spec);
  });

  test('becomes unrestricted by the switch alone', async () => {
    const panel = await panelOf('open', 'Unlimited');
    await panel.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit Unlimited' });
    await dialog.getByRole('switch', { name: 'Limited Access' }).uncheck();
    await dialog.getByText('can reach every bucket of the store').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The change is in force.').waitFor();
    expect((await get('open')).spec).toMatchObject({ limited: false });
    await page.getByRole('button', { name: 'Done' }).click();
    await panel.getByText('May do everything, in every bucket of the store.').waitFor();
    await closeAll();
  });

  test('the page logged no error', () => {
    expect(opened.faults.filter((fault) => !/status of 40[349]/.test(fault))).toEqual([]);
  });
});
