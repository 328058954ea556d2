/** The Grafana dashboard of the chart, from a list of what it shows. */

/** One picture: what it says, and the queries behind it. */
interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  /** The width in columns, of 24. */
  readonly width: number;
  readonly unit?: string;
  /** Query, and what its series are called. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const HEIGHT = 7;
/** The variable of the dashboard. */
const DATASOURCE = ['$', '{datasource}'].join('');

const quantile = (q: number, metric: string, by: string) =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;

/** The panels for those who run the operator, the most urgent first. */
export const ROWS: readonly Row[] = [
  {
    title: 'Keys',
    panels: [
      {
        title: 'Ready',
        description: 'AccessKeys whose pair works.',
        kind: 'stat',
        width: 4,
        queries: [['sum(max by (store, reason) (accesskeys_keys{reason="Issued"}))', 'ready']],
      },
      {
        title: 'Not ready',
        description:
          'AccessKeys that wait for something or somebody. Disabled, expired and paused keys do not count.',
        kind: 'stat',
        width: 4,
        queries: [
          [
            'sum(max by (store, reason) (accesskeys_keys{reason!~"Issued|Disabled|Expired|Paused"})) or vector(0)',
            'not ready',
          ],
        ],
      },
      {
        title: 'Waiting to be revoked',
        description: 'AccessKeys that were deleted and are not revoked in their store yet.',
        kind: 'stat',
        width: 4,
        queries: [['sum(max by (store) (accesskeys_keys_deleting))', 'deleting']],
      },
      {
        title: 'By store and reason',
        description: 'Every AccessKey, by the reason of its Ready condition.',
        kind: 'timeseries',
        width: 12,
        queries: [['max by (store, reason) (accesskeys_keys)', '{{store}}: {{reason}}']],
      },
      {
        title: 'Next to expire',
        description: 'The AccessKeys that expire soonest, and the time until then.',
        kind: 'table',
        width: 12,
        unit: 's',
        queries: [
          [
            'bottomk(20, max by (namespace, name) (accesskeys_key_expiry_timestamp_seconds) - time())',
            '{{namespace}}/{{name}}',
          ],
        ],
      },
      {
        title: 'Next to be rotated',
        description: 'The AccessKeys whose pairs are replaced soonest, and the time until then.',
        kind: 'table',
        width: 12,
        unit: 's',
        queries: [
          [
            'bottomk(20, max by (namespace, name) (accesskeys_key_next_rotation_timestamp_seconds) - time())',
            '{{namespace}}/{{name}}',
          ],
        ],
      },
    ],
  },
  {
    title: 'Stores',
    panels: [
      {
        title: 'Can be used',
        description: '1: the store answers and accepts the credentials.',
        kind: 'timeseries',
        width: 8,
        queries: [['max by (store) (accesskeys_store_ready)', '{{store}}']],
      },
      {
        title: 'Orphaned users, and drift',
        description:
          'Users that belong to no AccessKey. In an hour: changes by hand that the operator found, by kind, and the previous keys that ended, by cause.',
        kind: 'timeseries',
        width: 8,
        queries: [
          ['max by (store) (accesskeys_orphaned_users)', 'orphans: {{store}}'],
          ['max by (store) (accesskeys_retained_users)', 'retained: {{store}}'],
          ['sum by (kind) (increase(accesskeys_drift_total[1h]))', 'drift: {{kind}}'],
          ['sum by (cause) (increase(accesskeys_previous_keys_ended_total[1h]))', 'ended: {{cause}}'],
        ],
      },
      {
        title: 'Since the last comparison',
        description: "The time since the store's users were last compared with the AccessKeys.",
        kind: 'timeseries',
        width: 8,
        unit: 's',
        queries: [['time() - max by (store) (accesskeys_store_last_sync_timestamp_seconds)', '{{store}}']],
      },
      {
        title: 'Requests',
        description: 'To each store, by operation.',
        kind: 'timeseries',
        width: 12,
        unit: 'reqps',
        queries: [
          [
            'sum by (store, operation) (rate(accesskeys_store_request_duration_seconds_count[$__rate_interval]))',
            '{{store}}: {{operation}}',
          ],
        ],
      },
      {
        title: 'Latency, 99 of 100 requests',
        description: 'For each store.',
        kind: 'timeseries',
        width: 12,
        unit: 's',
        queries: [[quantile(0.99, 'accesskeys_store_request_duration_seconds', 'store'), '{{store}}']],
      },
    ],
  },
  {
    title: 'The operator',
    panels: [
      {
        title: 'Leader',
        description: 'The pod that leads. During a failover there is none for some seconds.',
        kind: 'timeseries',
        width: 6,
        queries: [['accesskeys_leader', '{{pod}}']],
      },
      {
        title: 'Reconciles',
        description: 'By result.',
        kind: 'timeseries',
        width: 6,
        unit: 'ops',
        queries: [
          [
            'sum by (controller, result) (rate(controller_runtime_reconcile_total[$__rate_interval]))',
            '{{controller}}: {{result}}',
          ],
        ],
      },
      {
        title: 'Reconcile time, 99 of 100',
        description: 'From the beginning of a reconcile to its end.',
        kind: 'timeseries',
        width: 6,
        unit: 's',
        queries: [
          [quantile(0.99, 'controller_runtime_reconcile_time_seconds', 'controller'), '{{controller}}'],
        ],
      },
      {
        title: 'Waiting to be reconciled',
        description: 'The number of objects that wait now.',
        kind: 'timeseries',
        width: 6,
        queries: [['sum by (controller) (workqueue_depth)', '{{controller}}']],
      },
      {
        title: 'Wait, 99 of 100',
        description: 'The time that ready objects waited for a reconcile.',
        kind: 'timeseries',
        width: 6,
        unit: 's',
        queries: [[quantile(0.99, 'workqueue_queue_duration_seconds', 'controller'), '{{controller}}']],
      },
      {
        title: 'Requests to the API server',
        description: 'By verb, resource and status code.',
        kind: 'timeseries',
        width: 6,
        unit: 'reqps',
        queries: [
          [
            'sum by (verb, resource, code) (rate(rest_client_request_duration_seconds_count[$__rate_interval]))',
            '{{verb}} {{resource}} {{code}}',
          ],
        ],
      },
      {
        title: 'Memory',
        description: 'Resident memory of each pod.',
        kind: 'timeseries',
        width: 6,
        unit: 'bytes',
        queries: [
          ['process_resident_memory_bytes * on (pod) group_left () accesskeys_build_info', '{{pod}}'],
        ],
      },
      {
        title: 'CPU',
        description: 'Seconds of CPU in a second, of each pod.',
        kind: 'timeseries',
        width: 6,
        queries: [
          [
            'rate(process_cpu_seconds_total[$__rate_interval]) * on (pod) group_left () accesskeys_build_info',
            '{{pod}}',
          ],
        ],
      },
    ],
  },
];

/** The dashboard as Grafana takes it (grafana.com/docs, dashboard JSON model). */
export function dashboardJson(): string {
  const panels: object[] = [];
  let id = 0;
  let y = 0;
  for (const row of ROWS) {
    panels.push({
      id: ++id,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      if (x + panel.width > 24) {
        x = 0;
        y += HEIGHT;
      }
      panels.push({ id: ++id, ...panelJson(panel), gridPos: { x, y, w: panel.width, h: HEIGHT } });
      x += panel.width;
    }
    y += HEIGHT;
  }
  const dashboard = {
    uid: 'access-key-operator',
    title: 'access-key-operator',
    tags: ['access-key-operator', 's3'],
    timezone: 'browser',
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    schemaVersion: 39,
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {} },
      ],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, undefined, 1)}\n`;
}

function panelJson({ title, description, kind, unit = 'short', queries }: Panel): object {
  const datasource = { type: 'prometheus', uid: DATASOURCE };
  const targets = queries.map(([expr, legendFormat], at) => ({
    refId: String.fromCharCode(65 + at),
    datasource,
    expr,
    legendFormat,
    ...(kind === 'table' && { instant: true, format: 'table' }),
  }));
  return {
    type: kind,
    title,
    description,
    datasource,
    targets,
    fieldConfig: { defaults: { unit }, overrides: [] },
    options: {},
  };
}
