import { documentOf } from '../documents/form.ts';
import type { PolicyDocument } from '../documents/statement.ts';
import { StoreError } from '../errors.ts';
import { ignoreNotFound } from '../ignore-not-found.ts';
import type { CallOptions, Store } from '../provider.ts';
import { MAX_POLICY_BYTES, MINIO_ACTIONS } from './actions.ts';
import { parsePolicy, parsePolicyEntities, type StoredDocument } from './answers.ts';
import type { AdminCall, AdminClient } from './client.ts';
import { checkPolicyName } from './names.ts';

/** The part of a Store that handles policies. MinIO keeps each by its name, as a document. */
export interface MinioPolicies
  extends Pick<
    Store,
    'readPolicy' | 'writePolicy' | 'markPolicy' | 'removePolicy' | 'policyEntities' | 'check'
  > {
  getPolicy(name: string, options?: CallOptions): Promise<StoredDocument | undefined>;
  putPolicy(name: string, document: PolicyDocument, options?: CallOptions): Promise<void>;
}

/** A policy that never exists. */
const NO_POLICY = 'accesskeys.check';

const CHECK = 'check the store';
/** The longest deadline of each request of a check, so that a store that is away is found out in time. */
const MAX_CHECK_MS = 80_000;

/** Enough for ten thousand users of one AccessKey's policy. Four are usual. */
const MAX_ENTITIES_BYTES = 256 * 1024;

/** Makes the part of a Store that handles policies, and `check`, which reads one that doesn't exist. */
export function createPolicyCalls(client: AdminClient): MinioPolicies {
  const getPolicy: MinioPolicies['getPolicy'] = (name, { signal } = {}) =>
    ignoreNotFound(client.read(policyInfoCall(name, `read policy ${name}`, signal), parsePolicy));

  const putPolicy: MinioPolicies['putPolicy'] = async (name, document, { signal } = {}) => {
    const query = [['name', checkPolicyName(name)]] as const;
    const body = Buffer.from(JSON.stringify(document));
    const purpose = `write policy ${name}`;
    if (body.length > MAX_POLICY_BYTES) {
      const why = `its ${body.length} bytes are more than the ${MAX_POLICY_BYTES} that MinIO takes`;
      throw new StoreError('invalid', `could not ${purpose}: ${why}`);
    }
    await client.request({ method: 'PUT', path: 'add-canned-policy', query, body, purpose, signal });
  };

  return {
    getPolicy,
    putPolicy,

    readPolicy: async (name, options) => {
      const stored = await getPolicy(name, options);
      return stored && { mark: stored.id, content: withoutMark(stored.document) };
    },

    writePolicy: (name, policy, options) => putPolicy(name, documentOf(policy, MINIO_ACTIONS), options),

    markPolicy: (name, { content }, mark, options) =>
      putPolicy(name, { ...content, ID: mark } as unknown as PolicyDocument, options),

    check: async ({ signal } = {}) => {
      const call = { ...policyInfoCall(NO_POLICY, CHECK, signal), maxTimeoutMs: MAX_CHECK_MS };
      await ignoreNotFound(client.read(call, parsePolicy));
      await refuseLdap(client, signal);
    },

    removePolicy: async (name, { signal } = {}) => {
      const query = [['name', checkPolicyName(name)]] as const;
      const purpose = `remove policy ${name}`;
      await ignoreNotFound(
        client.request({ method: 'DELETE', path: 'remove-canned-policy', query, purpose, signal }),
      );
    },

    policyEntities: async (name, { signal } = {}) => {
      const call: AdminCall = {
        method: 'GET',
        path: 'idp/builtin/policy-entities',
        query: [['policy', checkPolicyName(name)]],
        purpose: `read who has policy ${name}`,
        slow: true,
        maxAnswerBytes: MAX_ENTITIES_BYTES,
        signal,
      };
      return client.readSealed(call, (body) => parsePolicyEntities(name, body));
    },
  };
}

function withoutMark({ ID: _, Id: __, ...content }: StoredDocument['document']) {
  return content;
}

function policyInfoCall(name: string, purpose: string, signal: AbortSignal | undefined): AdminCall {
  const query = [
    ['name', checkPolicyName(name)],
    ['v', '2'],
  ] as const;
  return { method: 'GET', path: 'info-canned-policy', query, purpose, signal };
}

/**
 * Throws if LDAP is the server's identity provider. MinIO then refuses to make users, but reports it only for
 * each key. It answers a question about LDAP's users only if it has LDAP. With OpenID, it takes users as
 * usual.
 */
async function refuseLdap(client: AdminClient, signal: AbortSignal | undefined): Promise<void> {
  const { status } = await client.send({
    method: 'GET',
    path: 'idp/ldap/policy-entities',
    query: [['policy', NO_POLICY]],
    purpose: CHECK,
    maxTimeoutMs: MAX_CHECK_MS,
    signal,
  });
  if (status !== 200) return;
  throw new StoreError(
    'refused',
    `could not ${CHECK}: it has LDAP as its identity provider, and takes no users of its own; name a MinIO without LDAP in spec.endpoint, or remove its identity_ldap settings`,
  );
}
