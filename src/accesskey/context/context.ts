import type { SecretAllowList } from '../../api/allow-list.ts';
import type { DriftKind } from '../../api/drift-kinds.ts';
import type { EndCause } from '../../api/end-causes.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { EventRecorder } from '../../kube/events.ts';
import type { Secret } from '../../kube/objects.ts';
import type { KubeResource } from '../../kube/resource.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { RandomBytes } from '../../ownership/new-pair.ts';
import type { Cache } from '../../runtime/cache.ts';
import type { Log } from '../../runtime/log.ts';
import type { NamespaceLabels } from '../policy/grants.ts';
import type { SecretFacts } from '../secret/facts.ts';
import type { Hints } from './hints.ts';
import type { RunningPass } from './running.ts';
import type { Stores } from './stores.ts';
import type { TakenNames } from './taken-names.ts';

/** A namespace as the cache keeps it. */
export interface CachedNamespace extends NamespaceLabels {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  /** In ms since 1970. */
  readonly createdAt: number;
}

/** Everything from outside that an AccessKey's reconcile needs. */
export interface Context {
  readonly cluster: Cluster;
  /** The names that the operator's administrator lets AccessKeys write into Secrets. */
  readonly allowed: SecretAllowList;
  readonly accessKeys: KubeResource<AccessKey>;
  readonly secrets: KubeResource<Secret>;
  readonly accessKeyCache: Cache<AccessKey>;
  readonly secretCache: Cache<SecretFacts>;
  readonly namespaceCache: Cache<CachedNamespace>;
  /** Records a Secret that the operator just wrote. */
  readonly wroteSecret: (facts: SecretFacts) => void;
  /**
   * Returns the names of the Secrets that carry the operator's label with an AccessKey's name, by its key
   * `namespace/name`.
   */
  readonly secretsOf: (key: string) => readonly string[];
  readonly stores: Stores;
  readonly hints: Hints;
  /** The passes that run now, by key. */
  readonly running: Map<string, RunningPass>;
  readonly takenNames: TakenNames;
  /** Queues a key after a time, in ms. */
  readonly queueAfter: (key: string, ms: number) => void;
  readonly events: EventRecorder;
  /** Counts a change that somebody made without the operator, once for each time. */
  readonly foundDrift: (kind: DriftKind) => void;
  /** Counts a previous key that ended. */
  readonly endedPrevious: (cause: EndCause) => void;
  readonly log: Log;
  /** Returns the API server's clock minus this process's clock, in ms; undefined before the first answer. */
  readonly clockSkewMs: () => number | undefined;
  readonly now: () => number;
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
}
