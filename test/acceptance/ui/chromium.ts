/** A real browser, driven by playwright-core, which brings none of its own. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { debianTool } from '../../integration/support/tools.ts';

/** Debian's package, and Google's, which machines of CI come with. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/google-chrome'] as const;

/** Starts Chromium, and installs Debian's if there is none. Returns a sentence that says why if it can't. */
export async function startChromium(): Promise<Browser | { readonly missing: string }> {
  let executablePath = PROGRAMS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    const tool = await debianTool('chromium');
    if ('missing' in tool) return tool;
    executablePath = PROGRAMS[0];
  }
  try {
    // Root may not have Chromium's own sandbox; the pages are ours.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return await chromium.launch({ executablePath, args });
  } catch (error) {
    return { missing: `Chromium does not start: ${String(error).split('\n')[0]}` };
  }
}
