import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../../../src/provider/iam/dialect.ts';
import { namingServer } from '../../../../src/provider/iam/server-version.ts';
import type { PacedConnection } from '../../../../src/provider/paced-connection.ts';

describe('what a server of the IAM API can do', () => {
  test('is the minimum until it has shown itself', () => {
    expect(capabilitiesOf(undefined)).toMatchObject({ maxPolicyBytes: 2048, settlesWithinMs: 0 });
  });

  test.each([
    ['AWS', 'arn:aws:iam::1:policy', 6144],
    ['AWS', undefined, 2048],
    ['VersityGW', undefined, 2048],
  ] as const)('%s, with managed policies: %s', (dialect, managedPolicies, maxPolicyBytes) => {
    expect(capabilitiesOf({ dialect, managedPolicies })).toMatchObject({ maxPolicyBytes });
  });

  test('takes effect with a delay on AWS alone', () => {
    const settling = (dialect: 'AWS' | 'Ceph') =>
      capabilitiesOf({ dialect, managedPolicies: undefined }).settlesWithinMs > 0;
    expect([settling('AWS'), settling('Ceph')]).toEqual([true, false]);
  });
});

test.each([
  ['Ceph Object Gateway (tentacle)', 'Ceph Object Gateway (tentacle)'],
  ['VERSITYGW', undefined],
  ['AmazonS3', undefined],
  ['Ceph Object Gateway (<script>)', undefined],
  [undefined, undefined],
])('a server that names itself %s has version %s', async (server, version) => {
  const answer = {
    status: 200,
    contentType: 'text/xml',
    server,
    retryAfter: undefined,
    body: Buffer.alloc(0),
  };
  const named = namingServer({ request: async () => answer } as Partial<PacedConnection> as PacedConnection);
  expect(named.version()).toBeUndefined();
  await named.connection.request({
    ...{ method: 'GET', target: '/', headers: {}, purpose: 'ask', maxAnswerBytes: 1 },
  });
  expect(named.version()).toBe(version);
});
