import { canonicalEndpoint, isSameEndpoint } from '../api/endpoint.ts';
import type { Cluster } from '../ownership/names.ts';
import { type StoreObject, titleOf } from './store-kinds.ts';

/** The facts that decide, beside the store's answers, whether the operator may use the store. */
export interface Circumstances {
  readonly cluster: Cluster;
  /** The endpoints that ObjectStores may name. */
  readonly namespacedEndpoints: readonly string[];
  /** True if AccessKeys use the store. */
  readonly inUse: boolean;
}

/** The endpoint at which a store's keys are issued, and the reason to send nothing there, if there is one. */
export interface Usable {
  readonly endpoint: string;
  readonly objection: string | undefined;
}

/**
 * Decides by a store's spec and status alone whether the operator may connect to its endpoint. While keys use
 * the store, the operator sends nothing to a changed endpoint before somebody has accepted it.
 */
export function usableAt(store: StoreObject, { cluster, namespacedEndpoints, inUse }: Circumstances): Usable {
  const { endpoint, acceptNewEndpoint, allowInsecure } = store.spec;
  const known = store.status.endpoint;
  const isAccepted = acceptNewEndpoint !== undefined && isSameEndpoint(acceptNewEndpoint, endpoint);
  if (inUse && known !== undefined && !isSameEndpoint(known, endpoint) && !isAccepted) {
    const objection =
      `spec.endpoint changed from ${known} to ${endpoint}, and the operator sends nothing there while keys of the first are in use; ` +
      `change it back, or set spec.acceptNewEndpoint: ${endpoint} to issue all keys anew there`;
    return { endpoint: known, objection };
  }
  const refuse = (objection: string): Usable => ({ endpoint, objection });
  const { endpoint: iam, stsEndpoint: sts } = store.spec.iam ?? {};
  const named = Object.entries({ endpoint, 'iam.endpoint': iam, 'iam.stsEndpoint': sts });
  const plain = named.find(([, one]) => one?.startsWith('http:'));
  if (plain && !allowInsecure)
    return refuse(
      `spec.${plain[0]} is http; use https, or set spec.allowInsecure: true to accept that anybody can read along`,
    );
  const stray = named.find(([, one]) => one !== undefined && !isAllowed(one, namespacedEndpoints))?.[1];
  if (store.kind === 'ObjectStore' && stray !== undefined) {
    return refuse(
      namespacedEndpoints.length === 0
        ? 'this operator serves no ObjectStores; ask its administrator for a ClusterObjectStore, or to allow the endpoint by --namespaced-store-endpoints'
        : `${stray} is not among the endpoints that ObjectStores may name here; ask the operator's administrator to add it to --namespaced-store-endpoints`,
    );
  }
  const { clusterName } = store.status;
  if (clusterName !== undefined && clusterName !== cluster.name) {
    return refuse(
      `the policies in the store carry the cluster name ${clusterName}, but this operator uses ${cluster.name}; set --cluster-name ${clusterName}, ` +
        `or remove status.clusterName of ${titleOf(store)} (kubectl edit --subresource=status) to continue under the other name; each key then gets a new pair once its Secret is removed`,
    );
  }
  return { endpoint, objection: undefined };
}

/**
 * True if an endpoint is in a list. `*` stands for any characters of a host or a port, and alone for any
 * endpoint. The comparison ignores letter case, and either side may leave out a default port.
 */
export function isAllowed(endpoint: string, patterns: readonly string[]): boolean {
  const spellings = [endpoint.toLowerCase(), canonicalEndpoint(endpoint), withPort(endpoint)].map(partsOf);
  return patterns.some((pattern) => {
    if (pattern === '*') return true;
    const parts = partsOf(pattern.toLowerCase());
    return spellings.some(
      (given) => parts.length === given.length && parts.every((part, at) => fits(given[at] ?? '', part)),
    );
  });
}

function withPort(endpoint: string): string {
  const canonical = canonicalEndpoint(endpoint);
  if (/:[0-9]+$/.test(canonical)) return canonical;
  return `${canonical}:${canonical.startsWith('https:') ? 443 : 80}`;
}

/** Returns scheme, host and, if the text has one, port. */
function partsOf(endpoint: string): string[] {
  const [scheme = '', rest = ''] = endpoint.split('://');
  return [scheme, ...rest.split(':')];
}

/**
 * True if a text matches a pattern. The time grows only with the text's length, because a tenant chooses the
 * endpoint.
 */
function fits(text: string, pattern: string): boolean {
  const [first = '', ...between] = pattern.split('*');
  const last = between.pop();
  if (last === undefined) return text === first;
  if (!/^[A-Za-z0-9.-]*$/.test(text) || !text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of between) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
