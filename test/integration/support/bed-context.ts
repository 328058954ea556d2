import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { attachBed, type Bed, type BedData } from '../../bed/bed.ts';
import { type Operator, type OperatorOptions, startOperator } from '../../bed/operator.ts';

/** The worker's bed, as a test file uses it. The programs that a file starts on it end with the file. */
export interface BedContext {
  readonly bed: Bed;
  /** Makes a namespace that no other test uses. @returns its name */
  namespace(prefix?: string): Promise<string>;
  /** Starts an operator on the bed, by default with the operator's own rights, and waits until it is ready. */
  operator(options?: Partial<Omit<OperatorOptions, 'bed'>>): Promise<Operator>;
}

/** The beds to which this file has connected. */
const attached: Bed[] = [];

/** The bed of the worker that runs this file: vitest numbers the workers that run at once from 1. */
function ownBed(): BedData {
  const data = inject('beds')[Number(process.env['VITEST_POOL_ID']) - 1];
  if (!data) throw new Error(`worker ${process.env['VITEST_POOL_ID']} has no bed`);
  return data;
}

/** Ends the programs that this file has started on its beds. Requests to the API server still go. */
export function endPrograms(): void {
  for (const { supervisor } of attached.splice(0)) supervisor.disconnect();
}

/** Connects to the bed that the run's setup has started: once in each test file, in its `beforeAll` or at its top. */
export async function bedContext(): Promise<BedContext> {
  const bed = await attachBed(ownBed());
  attached.push(bed);
  return {
    bed,
    async namespace(prefix = 'test') {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      await bed.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    async operator(options = {}) {
      const kubeconfig = options.kubeconfig ?? (await bed.kubeconfig());
      const operator = await startOperator({ ...options, bed, kubeconfig });
      await operator.ready;
      return operator;
    },
  };
}
