/** The programs of this folder, each built with a real SDK and kept in the bed's cache. */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goFlags } from '../../bed/go-flags.ts';
import { cachedTool, pythonTool, type Tool } from '../../integration/support/tools.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;
const JAVASCRIPT = '3.1175.0';
/** For the first build, on a machine that does something else too. */
const BUILD_MS = 1_500_000;

/** Builds from a copy of a folder, so that nothing is written beside the sources. */
async function inCopy(folder: string, work: (copy: string) => Promise<unknown>): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'accesskeys-sdk-'));
  try {
    await cp(join(HERE, folder), copy, { recursive: true });
    await work(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** A name that changes with the sources. */
async function nameOf(sdk: string, ...files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.map((file) => readFile(join(HERE, file), 'utf8')));
  return `sdk-${sdk}-${hash('sha256', texts.join('\0')).slice(0, 12)}`;
}

async function javascript(): Promise<Tool> {
  const folder = await cachedTool('the AWS SDK for JavaScript', {
    name: `${await nameOf('javascript', 'sdk.mjs')}-${JAVASCRIPT}`,
    needs: ['npm'],
    fill: async (target) => {
      const args = ['install', '--prefix', target, '--no-audit', '--no-fund', '--loglevel=error'];
      await run('npm', [...args, `@aws-sdk/client-s3@${JAVASCRIPT}`], { timeout: BUILD_MS });
      await cp(join(HERE, 'sdk.mjs'), join(target, 'sdk.mjs'));
    },
  });
  return typeof folder === 'string'
    ? { command: [process.execPath, join(folder, 'sdk.mjs')], env: {} }
    : folder;
}

async function go(): Promise<Tool> {
  const folder = await cachedTool('the AWS SDK for Go', {
    name: await nameOf('go', 'go/go.mod', 'go/main.go'),
    needs: ['go'],
    fill: (target) =>
      inCopy('go', (copy) =>
        run('go', ['build', ...goFlags(), '-o', join(target, 'sdk'), '.'], {
          cwd: copy,
          env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
          timeout: BUILD_MS,
        }),
      ),
  });
  return typeof folder === 'string' ? { command: [join(folder, 'sdk')], env: {} } : folder;
}

async function java(): Promise<Tool> {
  const folder = await cachedTool('the AWS SDK for Java', {
    name: await nameOf('java', 'java/pom.xml', 'java/src/main/java/Sdk.java'),
    needs: ['java', 'mvn'],
    fill: (target) =>
      inCopy('java', async (copy) => {
        const goals = ['package', 'dependency:copy-dependencies', `-DoutputDirectory=${target}`];
        await run('mvn', ['-q', '-B', '-DskipTests', ...goals], { cwd: copy, timeout: BUILD_MS });
        await cp(join(copy, 'target', 'sdk-1.jar'), join(target, 'sdk-1.jar'));
      }),
  });
  if (typeof folder !== 'string') return folder;
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  return { command: ['java', ...quick, '-cp', join(folder, '*'), 'Sdk'], env: {} };
}

async function rust(): Promise<Tool> {
  const folder = await cachedTool('the AWS SDK for Rust', {
    name: await nameOf('rust', 'rust/Cargo.toml', 'rust/src/main.rs'),
    // Its build takes as long as that of a whole server.
    needs: process.env['SDK_RUST']
      ? ['cargo', 'cc']
      : ['SDK_RUST=1 in the environment, since it builds long'],
    fill: (target) =>
      inCopy('rust', async (copy) => {
        await run('cargo', ['build', '--quiet'], { cwd: copy, timeout: BUILD_MS });
        await cp(join(copy, 'target', 'debug', 'sdk'), join(target, 'sdk'));
      }),
  });
  return typeof folder === 'string' ? { command: [join(folder, 'sdk')], env: {} } : folder;
}

async function boto3(): Promise<Tool> {
  const python = await pythonTool();
  return 'missing' in python ? python : { ...python, command: ['python3', join(HERE, 'sdk.py')] };
}

/** Each SDK's program. Its arguments are a bucket and a key; it writes an object, reads it, and prints it. */
export const SDKS = { javascript, go, java, rust, boto3 } as const;
export type Sdk = keyof typeof SDKS;
