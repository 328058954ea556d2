import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { archive } from '../../../scripts/executable.ts';
import { krewManifest } from '../../../scripts/krew.ts';

test('the manifest names each archive, by the platforms of krew', () => {
  const url = 'https://example.com/access-key-operator/releases/download/v1.2.3';
  const archives = [
    { target: 'linux-x64', file: 'kubectl-accesskey-linux-x64.tar.gz', sha256: 'a' },
    { target: 'darwin-arm64', file: 'kubectl-accesskey-darwin-arm64.tar.gz', sha256: 'b' },
  ];
  const { metadata, spec } = parse(krewManifest('1.2.3', url, archives));
  expect(metadata).toEqual({ name: 'accesskey' });
  expect(spec).toMatchObject({ version: 'v1.2.3', homepage: 'https://example.com/access-key-operator' });
  expect(spec.platforms).toMatchObject([
    {
      selector: { matchLabels: { os: 'linux', arch: 'amd64' } },
      uri: `${url}/kubectl-accesskey-linux-x64.tar.gz`,
      sha256: 'a',
      bin: 'kubectl-accesskey',
    },
    { selector: { matchLabels: { os: 'darwin', arch: 'arm64' } }, sha256: 'b' },
  ]);
});

test('an archive of the same files is the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  try {
    writeFileSync(join(folder, 'one'), 'one');
    const [first, second] = ['a.tar.gz', 'b.tar.gz'].map((name) =>
      archive(join(folder, name), folder, ['one']),
    );
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
