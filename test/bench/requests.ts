/** The number of requests that an operator has made, by its metrics (docs/metrics.md). */

export interface Requests {
  /** To the API server, without watches that begin. */
  readonly kube: number;
  /** The number of these that change an AccessKey or a Secret, or make an Event. */
  readonly kubeWrites: number;
  /** To stores. */
  readonly store: number;
  /** The number of these that read a policy: the spread check of documents. */
  readonly policyReads: number;
  /** The number of these that change something. */
  readonly storeWrites: number;
}

const COUNT = /^(rest_client|accesskeys_store)_request_duration_seconds_count\{([^}]*)\} (\d+)$/gm;
const STORE_READS = ['info-canned-policy', 'user-info', 'list-users', 'idp/builtin/policy-entities', 'other'];

/** Reads them off a page of /metrics. */
export function requestsIn(page: string): Requests {
  const counts = { kube: 0, kubeWrites: 0, store: 0, policyReads: 0, storeWrites: 0 };
  for (const [, server, labels = '', count] of page.matchAll(COUNT)) {
    const number = Number(count);
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (server === 'rest_client') {
      if (label('verb') === 'watch') continue;
      counts.kube += number;
      const changes = ['create', 'patch', 'delete'].includes(label('verb'));
      if (changes && /^(accesskeys|secrets|events)/.test(label('resource'))) counts.kubeWrites += number;
    } else {
      counts.store += number;
      if (label('operation') === 'info-canned-policy') counts.policyReads += number;
      if (!STORE_READS.includes(label('operation'))) counts.storeWrites += number;
    }
  }
  return counts;
}

/** Returns the number of requests between the two. */
export function requestsBetween(before: Requests, after: Requests): Requests {
  return {
    kube: after.kube - before.kube,
    kubeWrites: after.kubeWrites - before.kubeWrites,
    store: after.store - before.store,
    policyReads: after.policyReads - before.policyReads,
    storeWrites: after.storeWrites - before.storeWrites,
  };
}
