/** The packages of the lockfile: their sources, their install scripts and their licenses. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const lock: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
);
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }));
/** The packages of the running operator. */
const shipped = packages.filter(({ dev, optional, devOptional }) => !dev && !optional && !devOptional);

/** They let anybody use, change and sell the work, and go with Apache-2.0. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT OR Apache-2.0',
  'PSF-2.0',
  'Unlicense',
];

describe('the lockfile', () => {
  test('names no registry, so that everybody installs from their own', () => {
    expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  test('has a hash for every package, but for those of platforms that the linter alone has', () => {
    const without = packages.filter(({ integrity }) => integrity === undefined).map(({ name }) => name);
    expect(without.filter((name) => !name.startsWith('@biomejs/cli-'))).toEqual([]);
    for (const { integrity } of packages) if (integrity !== undefined) expect(integrity).toMatch(/^sha512-/);
  });

  test('has no package that runs a script at its installation', () => {
    expect(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)).toEqual([]);
  });
});

describe('the licenses', () => {
  test('of what the operator runs are permissive', () => {
    expect(shipped.length).toBeGreaterThan(20);
    expect(shipped.filter(({ license = '' }) => !PERMISSIVE.includes(license))).toEqual([]);
  });

  test('of what builds and tests it are permissive too, or stay with their own files', () => {
    const others = packages.filter(({ license = '' }) => !PERMISSIVE.includes(license));
    expect([...new Set(others.map(({ license }) => license))]).toEqual(['MPL-2.0']);
    expect(others.every(({ dev, devOptional, optional }) => dev || devOptional || optional)).toBe(true);
  });
});

test('`npm run sbom` lists what the operator runs, each with its hash and license', () => {
  const output = execFileSync('npm', ['run', '--silent', 'sbom'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const sbom: {
    bomFormat: string;
    components: { name: string; version: string; hashes?: unknown[]; licenses?: unknown[] }[];
  } = JSON.parse(output);
  expect(sbom.bomFormat).toBe('CycloneDX');
  const listed = sbom.components.map(({ name, version }) => `${name}@${version}`);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries(dependencies)) expect(listed).toContain(`${name}@${version}`);
  for (const { name, hashes, licenses } of sbom.components) {
    expect([name, hashes?.length, licenses?.length]).toEqual([name, 1, 1]);
  }
  expect(listed.some((name) => name.startsWith('vitest@'))).toBe(false);
});
