/** The client of AWS's IAM API, on every server that speaks it and runs here. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/provider/errors.ts';
import type { Iam } from '../../../src/provider/iam/iam.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { startProxy } from '../../bed/proxy.ts';
import { IAM_SERVERS, type OwnIamServer, startOwnIamServer } from '../support/iam-servers.ts';
import { readHello, s3Client, s3Outcome } from '../support/s3.ts';

const PATH = '/accesskeys/prod/shop/photos/';
const POLICY = 'accesskeys';

const documentFor = (bucket: string, id = 'a mark, with "quotes", 100% and ünïcode') => ({
  Version: '2012-10-17',
  Id: id,
  Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] }],
});

/** A document as it comes back. */
const kept = ({ Id: mark, ...content }: ReturnType<typeof documentFor>) => ({ mark, content });

/** The kind of a call's failure; 'none' for a success. */
async function kindOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    if (error instanceof StoreError) return error.kind;
    throw error;
  }
}

async function namesOf(users: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  return (await Array.fromAsync(users)).map(({ name }) => name).sort();
}

for (const kind of IAM_SERVERS) {
  const { objection } = kind;
  if (objection !== undefined) console.log(`${kind.name} is left out: ${objection}`);

  describe.skipIf(objection !== undefined)(kind.name, () => {
    let own: OwnIamServer;
    let iam: Iam;
    let bucket = '';
    let other = '';

    beforeAll(async () => {
      own = await startOwnIamServer(kind);
      iam = own.open();
      const root = s3Client({ endpoint: own.s3Endpoint }, own.root);
      [bucket, other] = [
        `photos-${randomBytes(4).toString('hex')}`,
        `other-${randomBytes(4).toString('hex')}`,
      ];
      for (const name of [bucket, other]) {
        await root.makeBucket(name);
        await root.putObject(name, 'hello', 'hello');
      }
    });

    afterAll(async () => {
      await own?.end();
    });

    /** Makes a user that no other test uses. */
    async function newUser(path = PATH): Promise<string> {
      const name = `AKO${randomBytes(8).toString('hex').toUpperCase()}`;
      await iam.createUser(name, path);
      return name;
    }

    const read = (pair: Pair, from = bucket) =>
      s3Outcome(readHello(s3Client({ endpoint: own.s3Endpoint }, pair), from));

    describe('users', () => {
      test('a user is made once, shown, and removed', async () => {
        const name = `AKO${randomBytes(8).toString('hex').toUpperCase()}`;
        expect(await iam.getUser(name)).toBeUndefined();
        const made = await iam.createUser(name, PATH);
        expect(made).toMatchObject({
          name,
          path: PATH,
          arn: `arn:aws:iam::${own.account}:user${PATH}${name}`,
        });
        expect(Math.abs(made.createdAt - Date.now())).toBeLessThan(60_000);
        expect(await iam.getUser(name)).toEqual(made);
        expect(await kindOf(iam.createUser(name, '/elsewhere/'))).toBe('taken');
        await iam.removeUser(name);
        await iam.removeUser(name);
        expect(await iam.getUser(name)).toBeUndefined();
      });

      test('a list has the users below a path, on as many pages as it takes', async () => {
        const path = `/list/${randomBytes(4).toString('hex')}/`;
        const names = [await newUser(path), await newUser(`${path}deeper/`), await newUser(path)].sort();
        await newUser('/list/');
        expect(await namesOf(iam.listUsers(path))).toEqual(names);
        expect(await namesOf(iam.listUsers(path, { pageSize: 1 }))).toEqual(names);
        expect(await namesOf(iam.listUsers(`${path}deeper/`))).toHaveLength(1);
        expect(await namesOf(iam.listUsers(`${path}none/`))).toEqual([]);
      });

      test('a user stays while it has a key or a policy', async () => {
        const name = await newUser();
        const { accessKeyId } = await iam.createKey(name);
        await iam.putPolicy(name, POLICY, JSON.stringify(documentFor(bucket)));
        expect(await kindOf(iam.removeUser(name))).toBe('inUse');
        await iam.removeKey(name, accessKeyId);
        expect(await kindOf(iam.removeUser(name))).toBe('inUse');
        await iam.removePolicy(name, POLICY);
        await iam.removeUser(name);
        expect(await iam.getUser(name)).toBeUndefined();
      });

      test.each(['', 'a b', 'a/b', 'ä', 'x'.repeat(65)])(
        'no request is sent for the name %j',
        async (name) => {
          // Without a name, IAM acts on the user that signs: the operator's own.
          expect(await kindOf(iam.createKey(name))).toBe('invalid');
          expect(await kindOf(iam.removeUser(name))).toBe('invalid');
          expect(await kindOf(iam.listKeys(name))).toBe('invalid');
        },
      );
    });

    describe('access keys', () => {
      test('a key works at once, not while it is inactive, and never after its removal', async () => {
        const name = await newUser();
        await iam.putPolicy(name, POLICY, JSON.stringify(documentFor(bucket)));
        const pair = await iam.createKey(name);
        const { accessKeyId } = pair;
        expect(await iam.listKeys(name)).toMatchObject([{ accessKeyId, active: true }]);
        expect(await read(pair)).toBe('ok');
        await iam.setKeyActive(name, accessKeyId, false);
        expect(await iam.listKeys(name)).toMatchObject([{ accessKeyId, active: false }]);
        expect(await read(pair)).not.toBe('ok');
        await iam.setKeyActive(name, accessKeyId, true);
        expect(await read(pair)).toBe('ok');
        await iam.removeKey(name, accessKeyId);
        await iam.removeKey(name, accessKeyId);
        expect(await read(pair)).toBe('InvalidAccessKeyId');
        expect(await iam.listKeys(name)).toEqual([]);
      });

      test('a user has a limit of keys', async () => {
        const name = await newUser();
        for (let made = 0; made < kind.maxKeys; made += 1) await iam.createKey(name);
        await expect(iam.createKey(name)).rejects.toMatchObject({ kind: 'refused', code: 'LimitExceeded' });
      });

      test('an absent user has no keys, and gets none', async () => {
        expect(await iam.listKeys('absent')).toEqual([]);
        expect(await kindOf(iam.createKey('absent'))).toBe('absent');
        expect(await kindOf(iam.setKeyActive('absent', 'AKIAABSENTABSENT0000', false))).toBe('absent');
        await iam.removeKey('absent', 'AKIAABSENTABSENT0000');
      });

      test('a key is asked for once, even if its answer is lost', async () => {
        const name = await newUser();
        const proxy = await startProxy(own.endpoint);
        try {
          const through = own.open({ endpoint: proxy.url });
          await through.getUser(name);
          proxy.onRequest(() => ({ do: 'dropAnswer' }));
          expect(await kindOf(through.createKey(name))).toBe('unreachable');
          expect(await iam.listKeys(name)).toHaveLength(1);
        } finally {
          await proxy.close();
        }
      });
    });

    describe('policies', () => {
      test('a document is kept as it was written, and replaced in one step', async () => {
        const name = await newUser();
        const pair = await iam.createKey(name);
        expect(await iam.getPolicy(name, POLICY)).toBeUndefined();
        expect(await read(pair)).toBe('AccessDenied');
        const first = documentFor(bucket);
        await iam.putPolicy(name, POLICY, JSON.stringify(first));
        expect(await iam.getPolicy(name, POLICY)).toEqual(kept(first));
        expect(await read(pair)).toBe('ok');
        expect(await read(pair, other)).toBe('AccessDenied');
        const second = documentFor(other, 'another mark');
        await iam.putPolicy(name, POLICY, JSON.stringify(second));
        expect(await iam.getPolicy(name, POLICY)).toEqual(kept(second));
        expect(await read(pair)).toBe('AccessDenied');
        expect(await read(pair, other)).toBe('ok');
        await iam.removePolicy(name, POLICY);
        await iam.removePolicy(name, POLICY);
        expect(await iam.getPolicy(name, POLICY)).toBeUndefined();
        expect(await read(pair, other)).toBe('AccessDenied');
      });

      test('a document that is no policy, or for nobody, is refused', async () => {
        const name = await newUser();
        expect(await kindOf(iam.putPolicy(name, POLICY, '{"x":1}'))).toBe('invalid');
        expect(await kindOf(iam.putPolicy('absent', POLICY, JSON.stringify(documentFor(bucket))))).toBe(
          'absent',
        );
        expect(await iam.getPolicy('absent', POLICY)).toBeUndefined();
        await iam.removePolicy('absent', POLICY);
      });

      test.skipIf(kind.maxPolicyBytes === undefined)('a document has a limit of bytes', async () => {
        const name = await newUser();
        const bytes = (id: string) => JSON.stringify(documentFor(bucket, id));
        const room = (kind.maxPolicyBytes ?? 0) - bytes('').length;
        await iam.putPolicy(name, POLICY, bytes('x'.repeat(room)));
        await expect(iam.putPolicy(name, POLICY, bytes('x'.repeat(room + 1)))).rejects.toMatchObject({
          kind: 'refused',
          code: 'LimitExceeded',
        });
      });
    });

    describe('proof', () => {
      test('a pair, a wrong secret, an inactive key and an unknown key are distinguished', async () => {
        const name = await newUser();
        const pair = await iam.createKey(name);
        const arn = `arn:aws:iam::${own.account}:user${PATH}${name}`;
        const itself = { Effect: 'Allow', Action: 'iam:GetUser', Resource: arn };
        if (!kind.hasCallerIdentity) {
          expect(await iam.prove(pair, name)).toEqual({ kind: 'unproven' });
          await iam.putPolicy(name, POLICY, JSON.stringify({ Version: '2012-10-17', Statement: [itself] }));
        }
        expect(await iam.prove(pair, name)).toEqual({ kind: 'works', arn });
        const wrong = { ...pair, secretAccessKey: 'x'.repeat(40) };
        expect(await iam.prove(wrong, name)).toEqual({ kind: 'wrongSecret' });
        expect(await iam.prove({ ...pair, accessKeyId: 'AKIAUNKNOWN' }, name)).toEqual({ kind: 'unknown' });
        await iam.setKeyActive(name, pair.accessKeyId, false);
        expect(await iam.prove(pair, name)).toEqual({ kind: 'unknown' });
      });
    });

    describe('failures', () => {
      test('wrong credentials, a wrong clock and a wrong endpoint are distinguished', async () => {
        const wrong = own.open({ credentials: { ...own.root, secretAccessKey: 'x'.repeat(40) } });
        expect(await kindOf(wrong.getUser('a'))).toBe('credentials');
        const unknown = own.open({ credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } });
        expect(await kindOf(unknown.getUser('a'))).toBe('credentials');
        const early = own.open({ now: () => Date.now() + 3_600_000 });
        await expect(early.getUser('a')).rejects.toMatchObject({
          kind: 'unreachable',
          message: expect.stringContaining('clock'),
        });
        const { bed } = own;
        const elsewhere = own.open({ endpoint: bed.minio.endpoint });
        expect(['unreachable', 'credentials', 'invalid']).toContain(await kindOf(elsewhere.getUser('a')));
      });

      test('no message holds a secret or words of the server', async () => {
        const pair = { accessKeyId: 'NOBODY', secretAccessKey: 'thisIsTheSecret' };
        const error: unknown = await own
          .open({ credentials: pair })
          .getUser('a')
          .catch((thrown) => thrown);
        expect(String(error)).toMatch(
          /^StoreError: could not read a user: http:\S+ answered 403 [A-Za-z]+: it does not know/,
        );
        expect(JSON.stringify(error)).not.toContain('thisIsTheSecret');
      });

      test('a server that does not answer is unreachable, in time', async () => {
        const proxy = await startProxy(own.endpoint);
        try {
          const patient = own.open({ endpoint: proxy.url, timeoutMs: 1_000 });
          proxy.onRequest(() => ({ do: 'holdAnswer', until: new Promise(() => {}) }));
          await expect(patient.getUser('a')).rejects.toMatchObject({
            kind: 'unreachable',
            message: expect.stringContaining('did not answer within 1 s'),
          });
        } finally {
          await proxy.close();
        }
      });
    });

    describe('an operator with the least rights', () => {
      let operator: Iam;

      beforeAll(async () => {
        const name = `operator-${randomBytes(4).toString('hex')}`;
        await iam.createUser(name, '/');
        const below = `arn:aws:iam::${own.account}:user/accesskeys/prod/*`;
        const statements = [
          { Effect: 'Allow', Action: ['iam:ListUsers'], Resource: ['*'] },
          {
            Effect: 'Allow',
            Action: [
              ...[
                'iam:CreateUser',
                'iam:GetUser',
                'iam:DeleteUser',
                'iam:CreateAccessKey',
                'iam:ListAccessKeys',
              ],
              ...['iam:UpdateAccessKey', 'iam:DeleteAccessKey', 'iam:PutUserPolicy', 'iam:GetUserPolicy'],
              ...['iam:DeleteUserPolicy', 'iam:ListUserPolicies'],
            ],
            Resource: [below],
          },
        ];
        await iam.putPolicy(
          name,
          'operator',
          JSON.stringify({ Version: '2012-10-17', Statement: statements }),
        );
        operator = own.open({ credentials: await iam.createKey(name) });
      });

      test('makes, changes and removes the users below its path', async () => {
        const name = `AKO${randomBytes(8).toString('hex').toUpperCase()}`;
        await operator.createUser(name, PATH);
        const { accessKeyId } = await operator.createKey(name);
        await operator.putPolicy(name, POLICY, JSON.stringify(documentFor(bucket)));
        expect(await operator.getPolicy(name, POLICY)).toBeDefined();
        await operator.setKeyActive(name, accessKeyId, false);
        expect(await operator.listKeys(name)).toMatchObject([{ active: false }]);
        expect(await namesOf(operator.listUsers(PATH))).toContain(name);
        await operator.removeKey(name, accessKeyId);
        await operator.removePolicy(name, POLICY);
        await operator.removeUser(name);
        expect(await iam.getUser(name)).toBeUndefined();
      });

      test.each(['/', '/accesskeys/', '/accesskeys/other/shop/photos/'])(
        'may touch no user on %s',
        async (path) => {
          const name = await newUser(path);
          const { accessKeyId } = await iam.createKey(name);
          await iam.putPolicy(name, POLICY, JSON.stringify(documentFor(bucket)));
          expect(await kindOf(operator.createUser(`${name}-2`, path))).toBe('refused');
          expect(await kindOf(operator.createKey(name))).toBe('refused');
          expect(await kindOf(operator.setKeyActive(name, accessKeyId, false))).toBe('refused');
          expect(await kindOf(operator.removeKey(name, accessKeyId))).toBe('refused');
          expect(await kindOf(operator.putPolicy(name, POLICY, JSON.stringify(documentFor(other))))).toBe(
            'refused',
          );
          expect(await kindOf(operator.removePolicy(name, POLICY))).toBe('refused');
          expect(await kindOf(operator.removeUser(name))).toBe('refused');
          expect(await iam.listKeys(name)).toMatchObject([{ accessKeyId, active: true }]);
        },
      );
    });
  });
}
