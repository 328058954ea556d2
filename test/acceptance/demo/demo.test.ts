import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Side by side with this run's own bed, as two copies of the project would be. */
test('the demo shows a key working, edited and revoked, and ends with 0', async () => {
  const child = spawn(process.execPath, [join('test', 'acceptance', 'demo', 'demo.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code, output).toBe(0);
  expect(output.match(/✓/g)).toHaveLength(9);
  expect(output).not.toContain('✗');
  expect(output).toContain('photo-uploader reads from photos: is refused (InvalidAccessKeyId)');
  expect(output).not.toMatch(/[A-Za-z0-9]{40}/);
});
