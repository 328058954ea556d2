/** The stage of the page's tests: the plugin, a browser, and pages that are served and opened. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Bed } from '../../bed/bed.ts';
import { installPlugin, type Plugin } from '../cli/plugin.ts';
import { startChromium } from './chromium.ts';
import { type ServedPage, servePage } from './served-page.ts';

interface OpenOptions extends BrowserContextOptions {
  /** Default: the administrator's. */
  readonly kubeconfig?: string;
  readonly args?: readonly string[];
}

export interface OpenedPage {
  readonly served: ServedPage;
  readonly page: Page;
  /** The errors that the page has logged or thrown. */
  readonly faults: string[];
  /** The URLs of everything that it has asked for. */
  readonly requests: string[];
}

export interface Stage {
  readonly browser: Browser;
  readonly plugin: Plugin;
  serve(options?: Pick<OpenOptions, 'kubeconfig' | 'args'>): Promise<ServedPage>;
  /** Serves the page and opens its link in a browser of its own. */
  open(options?: OpenOptions): Promise<OpenedPage>;
  /** Ends every page and the browser. */
  end(): Promise<void>;
}

/** Returns why these tests can't run here, in a sentence; undefined if they can. */
const { browser: BROWSER, missing } = await chromium();
export const NO_BROWSER = missing;

async function chromium(): Promise<{ readonly browser?: Browser; readonly missing?: string }> {
  const started = await startChromium();
  if (!('missing' in started)) return { browser: started };
  console.log(`skipped: the page in a browser, since ${started.missing}`);
  return started;
}

export async function setStage(bed: Bed): Promise<Stage> {
  if (BROWSER === undefined) throw new Error(NO_BROWSER);
  // An earlier file of this process may have ended it.
  const browser = BROWSER.isConnected() ? BROWSER : (await chromium()).browser;
  if (browser === undefined) throw new Error('Chromium does not start again');
  const plugin = await installPlugin(bed);
  const pages: ServedPage[] = [];
  const serve: Stage['serve'] = async ({ kubeconfig, args } = {}) => {
    const served = await servePage(
      plugin.bin,
      plugin.env(kubeconfig === undefined ? {} : { kubeconfig }),
      args,
    );
    pages.push(served);
    return served;
  };
  return {
    browser,
    plugin,
    serve,
    async open({ kubeconfig, args, ...options } = {}) {
      const served = await serve({ ...(kubeconfig && { kubeconfig }), ...(args && { args }) });
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: served.origin });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const faults: string[] = [];
      const requests: string[] = [];
      page.on('pageerror', ({ message }) => faults.push(message));
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(served.link);
      return { served, page, faults, requests };
    },
    async end() {
      await Promise.all(pages.map((served) => served.end()));
      await browser.close();
    },
  };
}
