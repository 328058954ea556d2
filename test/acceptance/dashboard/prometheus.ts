/** A real Prometheus that scrapes running operators, for the queries of the dashboard. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { stringify } from 'yaml';
import { ask } from '../../bed/ask.ts';
import type { Bed } from '../../bed/bed.ts';
import { findPrograms } from '../../bed/programs.ts';
import { startServer } from '../../bed/server.ts';

/** A process that is scraped, as a pod. */
interface Target {
  readonly pod: string;
  /** http://HOST:PORT */
  readonly url: string;
}

/** A series of an answer: its labels, and [s since 1970, value] of each time. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, number])[];
}

export interface Prometheus {
  readonly url: string;
  /** Returns the results of a query between two times, both in s since 1970. */
  range(query: string, from: number, to: number, stepS: number): Promise<Series[]>;
}

export interface PrometheusOptions {
  readonly targets: readonly Target[];
  /** As of the ServiceMonitor. */
  readonly honorLabels: boolean;
  readonly intervalS: number;
}

/** The namespace of the operator's pods, as Prometheus sees it. */
const NAMESPACE = 'access-key-operator';

/** Starts it in the bed's folder; it gives each target the labels that the Prometheus operator does. */
export async function startPrometheus(
  { folder: parent, supervisor }: Pick<Bed, 'folder' | 'supervisor'>,
  { targets, honorLabels, intervalS }: PrometheusOptions,
): Promise<Prometheus> {
  const { prometheus: command } = await findPrograms(['prometheus'], console.log);
  const name = `prometheus-${randomBytes(4).toString('hex')}`;
  const folder = join(parent, name);
  await mkdir(folder);
  const file = join(folder, 'prometheus.yaml');
  const job = {
    job_name: 'access-key-operator',
    honor_labels: honorLabels,
    static_configs: targets.map(({ pod, url }) => ({
      targets: [new URL(url).host],
      labels: { namespace: NAMESPACE, pod, service: 'access-key-operator-metrics', endpoint: 'http' },
    })),
  };
  const global = { scrape_interval: `${intervalS}s` };
  await writeFile(file, stringify({ global, scrape_configs: [job] }));
  const address = (ports: readonly number[]) => `127.0.0.1:${ports[0]}`;
  const { ports } = await startServer(supervisor, {
    name,
    command,
    folder,
    portCount: 1,
    bound: true,
    args: (ports) => [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address(ports)}`,
    ],
    ready: async (ports) => (await ask(`http://${address(ports)}/-/ready`)).status === 200,
  });
  const url = `http://${address(ports)}`;
  return {
    url,
    async range(query, from, to, stepS) {
      const body = new URLSearchParams({ query, start: String(from), end: String(to), step: String(stepS) });
      const answer = await request(`${url}/api/v1/query_range`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
      });
      const json = (await answer.body.json()) as Answer;
      if (json.status !== 'success') throw new Error(`Prometheus says of ${query}: ${json.error}`);
      return json.data.result.map(({ metric, values }) => ({
        metric,
        values: values.map(([time, value]) => [time, Number(value)] as const),
      }));
    },
  };
}

type Answer =
  | { status: 'error'; error: string }
  | {
      status: 'success';
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
