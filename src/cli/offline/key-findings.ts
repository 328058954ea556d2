import { grantsTo, type ObservedStore } from '../../accesskey/context/stores.ts';
import { askedVerdict, desiredPolicy } from '../../accesskey/policy/desired-policy.ts';
import type { NamespaceLabels } from '../../accesskey/policy/grants.ts';
import { unsupportedBy } from '../../accesskey/policy/unsupported.ts';
import { isRefusal } from '../../accesskey/secret/placeholders.ts';
import { ANY_PAIR, requestedShape } from '../../accesskey/secret/template-output.ts';
import { DEFAULT_ALLOW_LIST } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { StoreObject } from '../../objectstore/store-kinds.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import { knownBySpec } from '../stores/known.ts';
import type { Finding } from './findings.ts';
import { findingsAbout } from './kinds.ts';
import type { Manifest } from './manifests.ts';
import { storeFor } from './objects.ts';

/** Returns what the operator itself would say to a key. */
export function keyFindings(
  manifest: Manifest,
  accessKey: AccessKey,
  stores: ReadonlyMap<string, StoreObject>,
  namespaces: ReadonlyMap<string, NamespaceLabels>,
): Finding[] {
  const { namespace } = accessKey.metadata;
  const say = findingsAbout(manifest, namespace);
  const store = storeFor(accessKey, stores);
  if (store === undefined)
    return [
      say(
        'not-checked',
        ['spec', 'storeRef'],
        `grants are not checked: no file has ${storeNameOf(accessKey.spec.storeRef)}; name it with --store`,
        'note',
      ),
    ];
  const known = knownBySpec(store);
  const labels = namespaces.get(namespace) ?? { name: namespace, labels: {} };
  const verdict = askedVerdict(accessKey, grantsTo(known, labels));
  if (!verdict.granted) {
    const asksForLabels = known.grants.some((grant) => grant.namespaces.matchLabels !== undefined);
    const isUnsure = asksForLabels && !namespaces.has(namespace);
    return isUnsure ? unsureRefusal(say, verdict, namespace) : [say('grant', ['spec'], verdict.refusal)];
  }
  const key: GrantedKey = { accessKey, store, observed: known.observed, verdict };
  return [
    ...unsupportedFinding(say, key),
    ...importFinding(say, key),
    ...policySizeFinding(say, key),
    ...templateFinding(say, key),
  ];
}

type Say = ReturnType<typeof findingsAbout>;
type Verdict = ReturnType<typeof askedVerdict>;

/** A key whose request the store's grants cover. */
interface GrantedKey {
  readonly accessKey: AccessKey;
  readonly store: StoreObject;
  readonly observed: ObservedStore;
  readonly verdict: Extract<Verdict, { readonly granted: true }>;
}

/** Notes that the grants don't cover the key unless its Namespace has the labels that they ask for. */
function unsureRefusal(
  say: Say,
  { refusal }: Extract<Verdict, { readonly granted: false }>,
  namespace: string,
): Finding[] {
  return [
    say('grant', ['spec'], refusal, 'note'),
    say(
      'not-checked',
      ['metadata', 'namespace'],
      `no file has Namespace ${namespace}, and grants ask for its labels`,
      'note',
    ),
  ];
}

function unsupportedFinding(say: Say, { accessKey, observed }: GrantedKey): Finding[] {
  const unsupported = unsupportedBy(observed, accessKey.spec);
  return unsupported === undefined ? [] : [say('not-supported', ['spec'], unsupported)];
}

function importFinding(say: Say, { accessKey, observed, verdict }: GrantedKey): Finding[] {
  const { metadata, spec } = accessKey;
  if (spec.importFrom === undefined || verdict.mayImport) return [];
  const cause = `${observed.title} does not grant namespace ${metadata.namespace} importFrom`;
  const remedy = 'ask its administrator for a grant with allowImport: true';
  return [say('grant', ['spec', 'importFrom'], `${cause}; ${remedy}`)];
}

/** The longest names that a real cluster may have. */
const CLUSTER = { name: 'x'.repeat(36), uid: 'x'.repeat(36) };

function policySizeFinding(say: Say, { accessKey, store, observed, verdict }: GrantedKey): Finding[] {
  const { form, capabilities } = observed;
  const inputs = { cluster: CLUSTER, accessKey, store: observed };
  const policy = desiredPolicy(inputs, verdict.access, verdict.mayCreate, {});
  const bytes = form.sizeOf(form.render(policy));
  if (bytes <= capabilities.maxPolicyBytes) return [];
  // A server of the IAM API may take more, which its store's status says.
  const isUnsure = store.spec.provider === 'IAM' && store.status?.capabilities === undefined;
  const some = isUnsure ? 'some stores of its kind accept at most' : 'the store accepts at most';
  return [
    say(
      'policy-size',
      ['spec', 'bucketAccess'],
      `the policy would have ${bytes} bytes, and ${some} ${capabilities.maxPolicyBytes}: name fewer buckets or prefixes`,
      isUnsure ? 'note' : 'error',
    ),
  ];
}

function templateFinding(say: Say, { accessKey, observed, verdict }: GrantedKey): Finding[] {
  const inputs = { accessKey, store: observed, access: verdict.access, allowed: DEFAULT_ALLOW_LIST };
  const shape = requestedShape(inputs, ANY_PAIR);
  if (isRefusal(shape)) return [say('template', ['spec', 'secretTemplate'], shape.refusal)];
  // Flags of the operator may allow more than it does by default.
  return shape.withheld === undefined
    ? []
    : [say('not-checked', ['spec', 'secretTemplate'], shape.withheld, 'note')];
}
