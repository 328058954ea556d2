/** Creating a key on the page: what is offered, what is refused and where that is said, and the pair. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Ref } from '../../bed/api.ts';
import {
  accessKeyRef,
  fixtures,
  makeBucket,
  readPair,
  s3Client,
  secretOf,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import { userWith } from '../cli/user.ts';
import { NO_BROWSER, type OpenedPage, type Stage, setStage } from './stage.ts';

const { bed, namespace, operator, store: makeStore, end } = await fixtures('ui-create');
const POLICY = join('charts', 'access-key-operator', 'files', 'validatingadmissionpolicy.yaml');

describe.skipIf(NO_BROWSER !== undefined)('create', () => {
  let stage: Stage;
  let opened: OpenedPage;
  let page: Page;
  let dialog: Locator;
  let store: TestStore;
  let ns = '';
  let bucket = '';
  const policies: Ref[] = [];
  const get = (name: string) => bed.api.get(accessKeyRef(ns, name));
  const yaml = async () => parse((await dialog.locator('pre').textContent()) ?? '');

  beforeAll(async () => {
    await operator();
    ns = await namespace();
    store = await makeStore({
      grants: [
        { namespaces: { names: [ns] }, buckets: ['pics-*', '{namespace}.data'] },
        { namespaces: { names: [ns] }, buckets: ['logs'], permissions: 'read_only' },
      ],
    });
    bucket = await makeBucket(store, 'pics');
    stage = await setStage(bed);
    opened = await stage.open({ args: ['-n', ns] });
    page = opened.page;
    dialog = page.getByRole('dialog', { name: 'Create access key' });
  });
  afterAll(async () => {
    for (const policy of policies) await bed.api.delete(policy);
    await stage?.end();
    await end();
  });

  beforeEach(async () => {
    while ((await page.getByRole('dialog').count()) > 0) await page.keyboard.press('Escape');
  });

  /** Opens the form, with a label and the test's store. */
  async function openForm(label: string): Promise<void> {
    await page.getByRole('button', { name: 'Create access key' }).first().click();
    await dialog.getByLabel('Store').selectOption(`ClusterObjectStore/${store.name}`);
    await dialog.getByLabel('Label').fill(label);
  }

  async function addBucket(
    number: number,
    name: string,
    permission: 'None' | 'Read' | 'Read+Write',
  ): Promise<void> {
    await dialog.getByLabel(`Name of bucket ${number}`).fill(name);
    await dialog
      .getByRole('radiogroup', { name: `Permission on ${name}` })
      .getByRole('radio', { name: permission, exact: true })
      .check();
  }

  async function close(): Promise<void> {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  test('makes a key, waits for it, and shows the pair once, for four tools', async () => {
    await openForm('Photo uploader (EU)');
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('photo-uploader-eu');
    await addBucket(1, bucket, 'Read+Write');
    await dialog.getByRole('button', { name: 'Add bucket' }).click();
    await addBucket(2, 'logs', 'Read');
    await dialog.getByLabel('Prefixes in logs').fill('2026/, 2027/');
    await dialog.getByLabel('Replace the pair').selectOption('Every 30 days');
    await dialog.getByLabel('Expires').fill('2099-12-31');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();

    const created = page.getByRole('dialog', { name: 'Access key created' });
    await created.getByText('The key works.').waitFor();
    expect((await get('photo-uploader-eu'))?.['spec']).toMatchObject({
      label: 'Photo uploader (EU)',
      storeRef: { kind: 'ClusterObjectStore', name: store.name },
      limited: true,
      bucketAccess: [
        { bucketName: bucket, permissions: 'read_write' },
        { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/', '2027/'] },
      ],
      rotation: { interval: '720h' },
      expiresAt: '2099-12-31T00:00:00Z',
    });
    const pair = await readPair(bed, secretOf(accessKeyRef(ns, 'photo-uploader-eu')));
    const holds = async () => (await page.content()).includes(pair.secretAccessKey);
    expect(await holds()).toBe(false);
    await created.getByRole('button', { name: 'Show the secret' }).click();
    await created.getByText('Secret access key', { exact: true }).waitFor();
    expect(await holds()).toBe(true);

    await created.getByRole('button', { name: 'Copy Secret access key' }).click();
    await created.getByRole('button', { name: 'Copied' }).waitFor();
    const copied: string = await page.evaluate('navigator.clipboard.readText()');
    expect(copied === pair.secretAccessKey).toBe(true);
    for (const [tab, words] of [
      ['Environment', 'export AWS_SECRET_ACCESS_KEY='],
      ['AWS CLI', 'aws_secret_access_key'],
      ['rclone', 'secret_access_key = '],
      ['mc', 'export MC_HOST_s3='],
    ] as const) {
      await created.getByRole('radio', { name: tab, exact: true }).check();
      const text = (await created.locator('pre').textContent()) ?? '';
      expect([tab, text.includes(words), text.includes(pair.secretAccessKey)]).toEqual([tab, true, true]);
    }
    await s3Client(bed.minio, pair).putObject(bucket, 'one', 'by the page');

    await created.getByRole('button', { name: 'Done' }).click();
    await created.waitFor({ state: 'detached' });
    expect(await holds()).toBe(false);
    expect(JSON.stringify(await page.evaluate('[{ ...localStorage }, { ...sessionStorage }]'))).not.toContain(
      pair.secretAccessKey,
    );
    await page.getByRole('button', { name: 'Photo uploader (EU)' }).waitFor();
  });

  test('offers what the grants allow, and says before sending what they do not', async () => {
    await openForm('Too much');
    await dialog.getByText(`The store grants this namespace: logs, pics-*, ${ns}.data.`).waitFor();
    expect(
      await dialog
        .locator('datalist option')
        .evaluateAll((all) => all.map((one) => one.getAttribute('value'))),
    ).toEqual(expect.arrayContaining(['logs', `${ns}.data`]));
    await addBucket(1, 'logs', 'Read+Write');
    await dialog.getByText('The store does not grant this on logs').waitFor();
    await addBucket(1, 'logs', 'Read');
    await dialog.getByText('The store does not grant this on logs').waitFor({ state: 'detached' });
    await addBucket(1, 'payroll', 'Read');
    await dialog.getByText('The store does not grant this on payroll').waitFor();
    await dialog.getByRole('switch', { name: 'Limited Access' }).uncheck();
    await dialog.getByText('The store does not grant unrestricted access to this namespace.').waitFor();
    await close();
    expect(await get('too-much')).toBeUndefined();
  });

  test("shows the API server's own sentence at the field, as one types", async () => {
    await openForm('Wrong fields');
    await dialog.getByLabel('Name', { exact: true }).fill('Wrong_Name');
    await addBucket(1, 'UPPER', 'Read');
    await dialog.getByLabel('Prefixes in UPPER').fill('a//b');
    const faultOf = (field: Locator) =>
      field.evaluate((element) =>
        (element.getAttribute('aria-describedby') ?? '')
          .split(' ')
          .map((id) => document.getElementById(id)?.textContent ?? '')
          .join(' '),
      );
    const name = dialog.getByLabel('Name', { exact: true });
    await dialog.getByText('a lowercase RFC 1123 subdomain must consist of').waitFor();
    expect(await faultOf(name)).toContain('a lowercase RFC 1123 subdomain');
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await name.fill('right-name');
    await dialog.getByText('bucketName must consist of lowercase letters').waitFor();
    expect(await faultOf(dialog.getByLabel('Name of bucket 1'))).toContain(
      'bucketName must consist of lowercase letters',
    );
    await dialog.getByLabel('Name of bucket 1').fill('pics-right');
    await dialog.getByText('a prefix must end in /, and must not begin with /').waitFor();
    await dialog.getByLabel('Prefixes in pics-right').fill('a/b/');
    await dialog.getByText('a prefix must end in /').waitFor({ state: 'detached' });
    await dialog.getByLabel('Label').fill('a\u200Bb');
    await dialog.getByText('label must not contain invisible characters').waitFor();
    await close();
  });

  test("shows admission's own sentence at the table of buckets", async () => {
    const text = readFileSync(POLICY, 'utf8');
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as Ref & { spec: { matchConstraints?: object } };
      const own = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } } };
      if (object.spec.matchConstraints) Object.assign(object.spec.matchConstraints, own);
      policies.push(object);
      await bed.api.apply({ ...object });
    }
    await openForm('Refused');
    // The policy takes some seconds to be in force everywhere: each new letter asks again.
    const denied = dialog
      .getByRole('group', { name: 'Access' })
      .getByText(/does not grant namespace .* read_only on bucket payroll; it grants/i);
    for (let tries = 0; tries < 60 && (await denied.count()) === 0; tries += 1) {
      await dialog.getByLabel('Label').fill(`Refused ${tries}`);
      await addBucket(1, 'payroll', 'Read');
      await page.waitForTimeout(500);
    }
    await denied.waitFor();
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.getByText('The API server refuses this key').waitFor();
    expect(await get('refused')).toBeUndefined();
    await close();
  });

  test('says that a name is taken', async () => {
    await openForm('Photo uploader (EU)');
    await dialog.getByText(`there is an access key photo-uploader-eu in namespace ${ns} already`).waitFor();
    await close();
  });

  test('shows the manifest for Git at any time, and writes nothing for it', async () => {
    await openForm('For Git');
    await addBucket(1, bucket, 'Read');
    await dialog.getByText('Create the bucket if there is none').click();
    await dialog.getByRole('button', { name: 'As YAML' }).click();
    await expect.poll(yaml).toEqual({
      apiVersion: 'accesskeys.dev/v1alpha1',
      kind: 'AccessKey',
      metadata: { name: 'for-git', namespace: ns },
      spec: {
        label: 'For Git',
        storeRef: { kind: 'ClusterObjectStore', name: store.name },
        limited: true,
        bucketAccess: [{ bucketName: bucket, permissions: 'read_only', create: true }],
      },
    });
    await dialog.getByRole('button', { name: 'As a form' }).click();
    expect(await dialog.getByLabel('Label').inputValue()).toBe('For Git');
    await close();
    expect(await get('for-git')).toBeUndefined();
  });

  test('who may create and not read Secrets gets no secret, and is told where it is', async () => {
    const kubeconfig = await userWith(bed, ns, [
      { apiGroups: ['accesskeys.dev'], resources: ['accesskeys'], verbs: ['get', 'list', 'watch', 'create'] },
    ]);
    const { page: own } = await stage.open({ kubeconfig });
    await own.getByRole('button', { name: 'Create access key' }).first().click();
    const form = own.getByRole('dialog');
    await form.getByLabel('Label').fill('No secret');
    await form.getByLabel('Namespace').fill('kube-system');
    await form.getByText('You may not create access keys in namespace kube-system.').waitFor();
    expect(await form.getByRole('button', { name: 'Create', exact: true }).isDisabled()).toBe(true);
    await form.getByLabel('Namespace').fill(ns);
    await form.getByRole('button', { name: 'Create', exact: true }).click();
    // They may not list stores: the key names the default one, which this cluster lacks.
    await own
      .getByText(/StoreNotFound|waiting for the operator/i)
      .first()
      .waitFor();
    await own.getByRole('button', { name: 'Done' }).click();
    await own.close();
  });

  test('the page logged no error', () => {
    expect(opened.faults.filter((fault) => !/status of 40[39]/.test(fault))).toEqual([]);
  });
});
