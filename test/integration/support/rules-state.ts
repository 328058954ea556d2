/**
 * The evidence for the judge of ARCHITECTURE.md's rules: the present state of the API server and the stores, and a
 * record of the past.
 */

import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { Cluster } from '../../../src/ownership/names.ts';
import type { Pair, ProbeResult } from '../../../src/provider/provider.ts';
import type { KubeObject } from '../../bed/api.ts';
import type { Iam } from './iam-export.ts';
import type { Publication, Use } from './pair-watcher.ts';

/** One server, as it is and as it was at the start. */
export interface ServerState extends Iam {
  readonly endpoint: string;
  readonly before: Iam;
  /** The stores that lead there, as `Kind name`. */
  readonly stores: ReadonlySet<string>;
}

/** The use of the keys during the whole test. */
interface PairRecord {
  readonly published: readonly Publication[];
  readonly uses: readonly Use[];
}

export interface State {
  readonly now: number;
  readonly cluster: Cluster;
  readonly namespaces: ReadonlySet<string>;
  readonly accessKeys: readonly AccessKey[];
  /** Every Secret of the namespaces. */
  readonly secrets: readonly KubeObject[];
  /** The result of a request signed with the pair of each Secret, by the Secret's uid. */
  readonly probes: ReadonlyMap<string, ProbeResult>;
  readonly servers: readonly ServerState[];
  readonly record: PairRecord;
  /** Every secret access key that was seen, with what to call it. */
  readonly secretKeys: ReadonlyMap<string, string>;
  /** Texts in which no secret may be, by the name of the place. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Returns the pair in a Secret; undefined if a half is missing. */
export function pairOf({ data = {} }: KubeObject): Pair | undefined {
  const [accessKeyId, secretAccessKey] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((key) =>
    Buffer.from(data[key] ?? '', 'base64').toString(),
  );
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

/** The key of an AccessKey or of its Secret, `namespace/name`. */
export function nameOf({
  metadata,
}: {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}): string {
  return `${metadata.namespace}/${metadata.name}`;
}
