/** A real browser: Debian's Chromium, driven by playwright-core, which brings no browser of its own. */
import { type Browser, chromium } from 'playwright-core';
import { debianTool } from '../../integration/support/tools.ts';

/** Starts Chromium; or says why there is none, in a sentence. */
export async function startChromium(): Promise<Browser | { readonly missing: string }> {
  const tool = await debianTool('chromium');
  if ('missing' in tool) return tool;
  const [name] = tool.command;
  try {
    return await chromium.launch({
      executablePath: `/usr/bin/${name}`,
      // Root may not have Chromium's own sandbox; the pages are ours.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  } catch (error) {
    return { missing: `Chromium does not start: ${String(error).split('\n')[0]}` };
  }
}
