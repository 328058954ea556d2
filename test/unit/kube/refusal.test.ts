import { expect, test } from 'vitest';
import { KubeError } from '../../../src/kube/errors.ts';
import { wasNotWritten } from '../../../src/kube/refusal.ts';

const answered = (status: number, message = 'no') => new KubeError('answered', message, { status });

test.each<[KubeError, boolean]>([
  [answered(409), true],
  [answered(422), true],
  [answered(500), false],
  [answered(500, 'Internal error occurred: failed calling webhook "w": EOF'), true],
  [answered(500, 'etcdserver: mvcc: database space exceeded'), false],
  [answered(504), false],
  [new KubeError('timeout', 'x'), false],
  [new KubeError('unreachable', 'x'), false],
])('%s certainly was not written: %s', (error, sure) => {
  expect(wasNotWritten(error)).toBe(sure);
});
