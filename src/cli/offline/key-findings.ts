import { grantsTo } from '../../accesskey/context/stores.ts';
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
  const { observed, grants } = known;
  const labels = namespaces.get(namespace) ?? { name: namespace, labels: {} };
  const verdict = askedVerdict(accessKey, grantsTo(known, labels));
  if (!verdict.granted) {
    const unsure =
      !namespaces.has(namespace) && grants.some((grant) => grant.namespaces.matchLabels !== undefined);
    const findings = [say('grant', ['spec'], verdict.refusal, unsure ? 'note' : 'error')];
    return unsure
      ? [
          ...findings,
          say(
            'not-checked',
            ['metadata', 'namespace'],
            `no file has Namespace ${namespace}, and grants ask for its labels`,
            'note',
          ),
        ]
      : findings;
  }
  const findings: Finding[] = [];
  const unsupported = unsupportedBy(observed, accessKey.spec);
  if (unsupported !== undefined) findings.push(say('not-supported', ['spec'], unsupported));
  if (accessKey.spec.importFrom !== undefined && !verdict.mayImport)
    findings.push(
      say(
        'grant',
        ['spec', 'importFrom'],
        `${observed.title} does not grant namespace ${namespace} importFrom; ask its administrator for a grant with allowImport: true`,
      ),
    );
  const policy = desiredPolicy(
    { cluster: CLUSTER, accessKey, store: observed },
    verdict.access,
    verdict.mayCreate,
    {},
  );
  const { form, capabilities } = observed;
  const bytes = form.sizeOf(form.render(policy));
  if (bytes > capabilities.maxPolicyBytes) {
    // A server of the IAM API may take more, which its store's status says.
    const unsure = store.spec.provider === 'IAM' && store.status?.capabilities === undefined;
    const some = unsure ? 'some stores of its kind accept at most' : 'the store accepts at most';
    findings.push(
      say(
        'policy-size',
        ['spec', 'bucketAccess'],
        `the policy would have ${bytes} bytes, and ${some} ${capabilities.maxPolicyBytes}: name fewer buckets or prefixes`,
        unsure ? 'note' : 'error',
      ),
    );
  }
  const inputs = { accessKey, store: observed, access: verdict.access, allowed: DEFAULT_ALLOW_LIST };
  const shape = requestedShape(inputs, ANY_PAIR);
  if (isRefusal(shape)) findings.push(say('template', ['spec', 'secretTemplate'], shape.refusal));
  // Flags of the operator may allow more than it does by default.
  else if (shape.withheld !== undefined)
    findings.push(say('not-checked', ['spec', 'secretTemplate'], shape.withheld, 'note'));
  return findings;
}

/** As long as a real one. */
const CLUSTER = { name: 'x'.repeat(36), uid: 'x'.repeat(36) };
