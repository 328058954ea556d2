import type { Policy, PolicyForm, StoredPolicy } from '../policy.ts';
import { type ActionTable, withExtraActions } from './actions.ts';
import { policyDigest } from './canonical.ts';
import { policyDocument } from './document.ts';
import { accessInForce, statedAccess } from './read-back.ts';
import type { PolicyDocument } from './statement.ts';
import { isWithin } from './within.ts';

/** Returns the IAM document of a policy, with the provider's actions. */
export function documentOf(policy: Policy, actions: ActionTable): PolicyDocument {
  const { mark, access, mayCreate, everyKeyMay, extraActions } = policy;
  const { listBuckets: mayList, createBuckets } = everyKeyMay;
  const resets = actions.creatingResets && !createBuckets ? actions.createBuckets : [];
  const noWiping = [...actions.wiping, ...resets];
  return policyDocument(
    { mark, access, mayList, mayCreate: createBuckets ? mayCreate : [], noWiping },
    withExtraActions(actions, extraActions),
  );
}

/** Returns a stored policy as a document with its mark. */
function documentIn({ mark, content }: StoredPolicy): PolicyDocument {
  return { ID: mark, ...content } as unknown as PolicyDocument;
}

/** Makes the form of a store whose policies are IAM documents with these actions. */
export function documentForm(actions: ActionTable): PolicyForm {
  return {
    render: (policy) => {
      const { ID, ...content } = documentOf(policy, actions);
      return { mark: ID, content };
    },
    sizeOf: (policy) => Buffer.byteLength(JSON.stringify(documentIn(policy))),
    digestOf: (policy) => policyDigest(documentIn(policy)),
    read: (policy) => accessInForce(policy, actions),
    statedIn: statedAccess,
    isWithin: (inner, outer) => isWithin(inner.content, outer.content),
    actionsOn: ({ content }, bucketName) => actionsOn(content, bucketName),
    shown: documentIn,
  };
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: readonly string[];
  readonly Resource?: readonly string[];
}

function actionsOn({ Statement }: Readonly<Record<string, unknown>>, bucketName: string) {
  const statements = Array.isArray(Statement) ? (Statement as Statement[]) : [];
  const allowed = (matches: (resource: string) => boolean) =>
    [
      ...new Set(
        statements
          .filter(({ Effect, Resource = [] }) => Effect === 'Allow' && Resource.some(matches))
          .flatMap(({ Action = [] }) => Action),
      ),
    ].sort();
  const arn = `arn:aws:s3:::${bucketName}`;
  return {
    bucket: allowed((resource) => resource === arn),
    objects: allowed((resource) => resource.startsWith(`${arn}/`)),
  };
}
