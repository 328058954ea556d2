import { expect, test } from 'vitest';
import { openCommand } from '../../../../src/cli/ui/browser.ts';

const link = 'http://127.0.0.1:1/?token=a';

test('opens the link as each system does, and nothing without a screen', () => {
  expect(openCommand({ platform: 'darwin', env: {} }, link)).toEqual(['open', link]);
  expect(openCommand({ platform: 'win32', env: {} }, link)?.[0]).toBe('rundll32');
  expect(openCommand({ platform: 'linux', env: { DISPLAY: ':0' } }, link)).toEqual(['xdg-open', link]);
  expect(openCommand({ platform: 'linux', env: { WAYLAND_DISPLAY: 'w' } }, link)).toEqual(['xdg-open', link]);
  expect(openCommand({ platform: 'linux', env: {} }, link)).toBeUndefined();
});
