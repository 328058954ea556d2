/** `npm run screenshots`: docs/ui/*.png, from the page in a real browser, on real servers with example keys. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Bed, startBed } from '../../bed/bed.ts';
import { startOperator } from '../../bed/operator.ts';
import { installPlugin } from '../cli/plugin.ts';
import { prepareStore, STORES } from '../demo/prepare-store.ts';
import { startChromium } from './chromium.ts';
import { makeExampleKeys } from './example-keys.ts';
import { servePage } from './served-page.ts';

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '..', '..', '..', 'docs', 'ui');

const bed = await startBed({ log: console.log });
try {
  await draw(bed);
} finally {
  await bed.stop();
}
process.exit();

async function draw(bed: Bed): Promise<void> {
  const browser = await startChromium();
  if ('missing' in browser) throw new Error(browser.missing);
  mkdirSync(FOLDER, { recursive: true });
  const operator = await startOperator({ bed, kubeconfig: await bed.kubeconfig() });
  await operator.ready;
  await prepareStore(bed, await STORES.minio(bed));
  await makeExampleKeys(bed);
  const plugin = await installPlugin(bed);
  const served = await servePage(plugin.bin, plugin.env());
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.on('console', (message) => console.log('browser:', message.text()));
  page.on('pageerror', (error) => console.log('browser:', error.message));
  const shoot = async (name: string) => {
    await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
    console.log(join(FOLDER, `${name}.png`));
  };
  await page.goto(served.link);
  await page.getByRole('button', { name: 'Monthly reports' }).waitFor();
  await page.getByText('GrantDenied').waitFor();
  await settled(page);
  await shoot('list');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot('list-dark');
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'Monthly reports' }).click();
  await page.getByRole('heading', { name: 'Permissions' }).waitFor();
  await shoot('key');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Create access key' }).click();
  await page.getByLabel('Label').fill('Photo archive (read only)');
  await page.getByLabel('Namespace', { exact: true }).last().fill('media');
  await page.getByLabel('Store').selectOption('ClusterObjectStore/media');
  await page.getByLabel('Name of bucket 1').fill('media-source');
  await page.getByRole('button', { name: 'Add bucket' }).click();
  await page.getByLabel('Name of bucket 2').fill('payroll');
  await page
    .getByRole('radiogroup', { name: 'Permission on payroll' })
    .getByRole('radio', { name: 'Read+Write' })
    .check();
  await page.getByText('The store does not grant this on payroll').waitFor();
  await shoot('create');
  await page.keyboard.press('Escape');
  await browser.close();
  await served.end();
  await operator.kill();
}

/** Waits until no key is on its way any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('.status.onItsWay').first().waitFor({ state: 'detached' });
}
