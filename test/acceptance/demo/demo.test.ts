import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Side by side with this run's own bed, as two copies of the project would be. */
test.each([
  ['minio', 'MinIO'],
  ['versitygw', 'VersityGW'],
])('the demo on %s shows a key working, edited and revoked, and ends with 0', async (store, title) => {
  // The operator of the sources, as somebody has it who tries the project; the other tests run bundles.
  const { OPERATOR_BUNDLES: _, ...env } = process.env;
  const demo = join('test', 'acceptance', 'demo', 'demo.ts');
  const child = spawn(process.execPath, [demo, '--store', store], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code, output).toBe(0);
  expect(output.match(/✓/g)).toHaveLength(9);
  expect(output).not.toContain('✗');
  expect(output).toContain(`${title} at http`);
  expect(output).toContain('photo-uploader reads from photos: is refused (InvalidAccessKeyId)');
  expect(output).not.toMatch(/[A-Za-z0-9]{40}/);
});

test('--ui serves the page with example keys until it is ended', async () => {
  const child = spawn(process.execPath, [join('test', 'acceptance', 'demo', 'demo.ts'), '--ui'], {
    cwd: ROOT,
    // No browser opens without a screen.
    env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const { promise: link, resolve } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += String(data);
      const [found] = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+(?=\n)/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
  const ended = new Promise((over) => child.on('exit', over));
  const opened = await fetch(await Promise.race([link, ended.then(() => '')]), { redirect: 'manual' });
  expect([opened.status, opened.headers.get('location')], output).toEqual([
    303,
    expect.stringMatching(/^\/#session=/),
  ]);
  child.kill('SIGINT');
  expect(await ended, output).toBe(0);
});
