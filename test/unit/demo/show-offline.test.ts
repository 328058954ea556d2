/** The demo before it builds its programs: the plugin's own commands, run for real. */
import { expect, test, vi } from 'vitest';
import { showOffline } from '../../acceptance/demo/show-offline.ts';

test('shows the review of the example and the policy that it leads to, with no server', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await showOffline();
  const shown = log.mock.calls.map(([line]) => String(line).trim());
  expect(shown).toContain('1 object checked: nothing is wrong');
  expect(shown).toContainEqual(
    expect.stringMatching(/^ReadObjects +Allow on logs\/\*: \d actions, s3:GetObject first$/),
  );
  expect(shown).toContainEqual(expect.stringMatching(/^WriteObjects +Allow on photos\/\*: /));
  expect(shown.join('\n')).not.toContain('payroll');
});
