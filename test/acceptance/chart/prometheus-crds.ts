/** The Prometheus operator's own CRDs, from the Go module that has them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { KubeObject } from '../../bed/api.ts';

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
/** As go.sum has it. */
const SUM = 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=';
const PLURALS = ['prometheusrules', 'servicemonitors'] as const;

/** Returns the CRDs of the kinds that the chart may write. @throws Error without Go, or if the module isn't the pinned one */
export async function prometheusCrds(): Promise<KubeObject[]> {
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' };
  const downloaded = promisify(execFile)('go', ['mod', 'download', '-json', MODULE], { cwd: tmpdir(), env });
  const { Dir, Sum }: { Dir: string; Sum: string } = JSON.parse((await downloaded).stdout);
  if (Sum !== SUM) throw new Error(`${MODULE} has the sum ${Sum}, not ${SUM}`);
  const folder = join(Dir, 'example', 'prometheus-operator-crd');
  const files = PLURALS.map((plural) => join(folder, `monitoring.coreos.com_${plural}.yaml`));
  return Promise.all(files.map(async (file) => parse(await readFile(file, 'utf8')) as KubeObject));
}
