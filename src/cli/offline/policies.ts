/** The policy that a key would get, and the one that it has, by the operator's own rules. */
import { grantsTo, type KnownStore } from '../../accesskey/context/stores.ts';
import { askedVerdict, desiredPolicy, isRetained } from '../../accesskey/policy/desired-policy.ts';
import { evaluateGrants, type NamespaceLabels } from '../../accesskey/policy/grants.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { StoredPolicy } from '../../provider/policy.ts';
import { accessInForce } from '../keys/permissions.ts';

/** The facts that a policy follows from, beside the key. */
export interface PolicyBasis {
  readonly known: KnownStore;
  readonly namespace: NamespaceLabels;
  readonly cluster: Cluster;
}

/** Returns the policy for what a key asks, or why the store refuses it. */
export function askedPolicy(
  accessKey: AccessKey,
  { known, namespace, cluster }: PolicyBasis,
): StoredPolicy | { readonly refusal: string } {
  const verdict = askedVerdict(accessKey, grantsTo(known, namespace));
  if (!verdict.granted) return { refusal: verdict.refusal };
  const flags = { disabled: accessKey.spec.disabled, retained: isRetained(accessKey, verdict) };
  const owner = { cluster, accessKey, store: known.observed };
  return known.observed.form.render(desiredPolicy(owner, verdict.access, verdict.mayCreate, flags));
}

/**
 * Returns the policy in force, derived from the status. `exact` is true if its digest is the status's, so
 * that it is to the byte the one that the operator wrote last. It is false if the store's grants or settings
 * have changed since.
 */
export function policyInForce(
  accessKey: AccessKey,
  { known, namespace, cluster }: PolicyBasis,
): { readonly policy: StoredPolicy; readonly exact: boolean } | undefined {
  const verdict = evaluateGrants(grantsTo(known, namespace), accessInForce(accessKey));
  if (!verdict.granted) return undefined;
  const { label = accessKey.metadata.name, policyDigest: digest } = accessKey.status;
  const written = { ...accessKey, spec: { ...accessKey.spec, label } };
  const booleans = [false, true];
  const { form } = known.observed;
  const policies = booleans.flatMap((disabled) =>
    booleans.flatMap((retained) =>
      booleans.map((imported) =>
        form.render(
          desiredPolicy(
            { cluster, accessKey: written, store: known.observed },
            verdict.access,
            verdict.mayCreate,
            { disabled, retained, imported },
          ),
        ),
      ),
    ),
  );
  const exact = policies.find((policy) => form.digestOf(policy) === digest);
  const [likely] = policies;
  if (likely === undefined) return undefined;
  return { policy: exact ?? likely, exact: exact !== undefined };
}
