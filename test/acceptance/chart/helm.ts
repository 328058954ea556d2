/** The real helm, on a bed's API server. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';
import { findPrograms } from '../../bed/programs.ts';

/** The chart of the project. */
export const CHART = join(import.meta.dirname, '..', '..', '..', 'charts', 'access-key-operator');

/** Values as a file of values has them. */
export type Values = Readonly<Record<string, unknown>>;

/** The values that every use of the chart needs; nothing is pulled here. */
export const IMAGE: Values = { image: { repository: 'registry.example.com/access-key-operator' } };

export interface Helm {
  /** Runs helm. @returns what it printed, warnings included @throws Error with its own message if it fails */
  run(...args: readonly string[]): Promise<string>;
  /** Writes a file of values. @returns its path */
  values(values: Values): Promise<string>;
  /** Renders the chart, hooks included, without the API server. */
  template(
    release: string,
    namespace: string,
    values: Values,
    ...args: readonly string[]
  ): Promise<KubeObject[]>;
}

/** Helm with the administrator's rights, and folders of its own in the bed's. */
export async function helmOf(bed: Pick<Bed, 'folder' | 'adminKubeconfig'>): Promise<Helm> {
  const { helm } = await findPrograms(['helm'], console.log);
  const home = join(bed.folder, 'helm');
  await mkdir(home, { recursive: true });
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: bed.adminKubeconfig },
    ...{ HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home },
  };

  async function run(...args: readonly string[]): Promise<string> {
    // Helm's output may hold a Secret of a test. If it fails, only its own sentences are shown.
    const done = promisify(execFile)(helm, args, { env, maxBuffer: 64 * 1024 * 1024 });
    const { stdout, stderr } = await done.catch((error: { stderr?: string }) => {
      throw new Error(`helm ${args[0]}: ${error.stderr ?? String(error)}`);
    });
    return stdout + stderr;
  }

  async function values(content: Values): Promise<string> {
    const path = join(home, `values-${randomBytes(4).toString('hex')}.json`);
    await writeFile(path, JSON.stringify(content), { mode: 0o600 });
    return path;
  }

  return {
    run,
    values,
    async template(release, namespace, content, ...args) {
      const file = await values(content);
      const text = await run('template', release, CHART, '--namespace', namespace, '--values', file, ...args);
      return parseAllDocuments(text)
        .map((document) => document.toJS() as KubeObject | null)
        .filter((object) => object !== null);
    },
  };
}
