import { type Command, Option } from 'commander';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isForbidden } from '../../kube/errors.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import type { StoredPolicy } from '../../provider/policy.ts';
import { type Manifest, readManifests } from '../offline/manifests.ts';
import { askedPolicy, type PolicyBasis, policyInForce } from '../offline/policies.ts';
import { lineDiff } from '../print/diff.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';
import { knownBySpec, readNamespace, readStore } from '../stores/known.ts';

interface Flags extends ClusterFlags {
  readonly filename: string;
  readonly store?: string;
  readonly diff?: true;
}

type Review = Pick<typeof import('../offline/review.ts'), 'review'> &
  Pick<typeof import('../offline/objects.ts'), 'accessKeyOf' | 'storesIn' | 'storeFor' | 'namespacesIn'>;

/** Stand in the mark for what only a cluster knows. */
const NO_CLUSTER = { name: 'CLUSTER', uid: 'CLUSTER-UID' };

/** Returns the command `policy -f FILE`: it prints the policy that manifests would get. */
export function policyCommand(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  const command = program
    .command('policy')
    .summary('print the exact policy that a manifest would get')
    .description(
      'Prints the IAM policy that the store would hold for each AccessKey of a file. With --store it asks no cluster, and UIDs in the mark are placeholders. With --diff it shows what would change of the policy in force.',
    )
    .addOption(
      new Option('-f, --filename <path>', 'a file, a folder, or - for standard input').makeOptionMandatory(),
    )
    .option('--store <path>', "a file or folder with the store and Namespaces; default: the cluster's")
    .option('--diff', 'show the lines that would change of the policy in force')
    .addHelpText(
      'after',
      `
Exit codes: 0, or with --diff 3 if something would change; 3 if the store refuses the key.

Examples:
  kubectl accesskey policy -f photos.yaml --store platform/store.yaml
  kubectl accesskey policy -f photos.yaml --diff`,
    );
  clusterOptions(command).action(async (flags: Flags) => setExitCode(await policy(flags, terminal)));
}

async function policy(flags: Flags, terminal: Terminal): Promise<number> {
  // The schemas, from which defaults come, are of no use to most commands.
  const { review } = await import('../offline/review.ts');
  const { accessKeyOf, storesIn, storeFor, namespacesIn } = await import('../offline/objects.ts');
  const reviewing = { review, accessKeyOf, storesIn, storeFor, namespacesIn };
  const { manifests, unreadable } = readManifests(flags.filename);
  const [broken] = unreadable;
  if (broken) throw new CliError(EXIT.no, `${broken.place.file}:${broken.place.line}: ${broken.cause}`);
  const given = flags.store === undefined ? [] : readManifests(flags.store).manifests;
  const offline = flags.store !== undefined && !flags.diff;
  if (offline) {
    const namespace = flags.namespace ?? 'default';
    const keys = keysOf(reviewing, manifests, namespace);
    const find = async (key: AccessKey) => basisIn(reviewing, key, [...manifests, ...given], namespace);
    return printAll(keys, find, terminal);
  }
  return withKubernetes(terminal, flags, async (kubernetes) => {
    const { namespace } = kubernetes;
    const keys = keysOf(reviewing, manifests, namespace);
    const cluster = await clusterOf(kubernetes, terminal.signal);
    const find = async (key: AccessKey): Promise<PolicyBasis> => {
      if (flags.store !== undefined)
        return { ...basisIn(reviewing, key, [...manifests, ...given], namespace), cluster };
      const own = key.metadata.namespace;
      return {
        known: knownBySpec(await readStore(kubernetes, key.spec.storeRef, own, terminal.signal)),
        namespace: await readNamespace(kubernetes, own, terminal.signal),
        cluster,
      };
    };
    const live = new Map<AccessKey, AccessKey | undefined>();
    for (const key of keys) {
      const { name, namespace: own } = key.metadata;
      live.set(key, await ignoreNotFound(kubernetes.accessKeys.get(name, own, { signal: terminal.signal })));
    }
    const withUids = keys.map((key) => ({
      ...key,
      metadata: { ...key.metadata, uid: live.get(key)?.metadata.uid ?? key.metadata.uid },
    }));
    return flags.diff
      ? diffAll(withUids, [...live.values()], find, terminal)
      : printAll(withUids, find, terminal);
  });
}

type Find = (key: AccessKey) => Promise<PolicyBasis>;

async function printAll(keys: readonly AccessKey[], find: Find, terminal: Terminal): Promise<number> {
  for (const key of keys) {
    if (keys.length > 1) terminal.say(`${key.metadata.namespace}/${key.metadata.name}:`);
    terminal.print(granted(key, await find(key)));
  }
  return EXIT.ok;
}

async function diffAll(
  keys: readonly AccessKey[],
  live: readonly (AccessKey | undefined)[],
  find: Find,
  { print, say, paint }: Terminal,
): Promise<number> {
  let changes = false;
  for (const [at, key] of keys.entries()) {
    const title = `${key.metadata.namespace}/${key.metadata.name}`;
    const basis = await find(key);
    const current = live[at] && policyInForce(live[at], basis);
    const after = granted(key, basis);
    const before = current ? text(current.policy, basis) : '';
    if (!live[at]) say(`${title} is not in the cluster: everything is new`);
    else if (!current) say(`${title}: what is in force is not granted any more, and is not shown`);
    else if (!current.exact)
      say(`${title}: the store has changed since the policy was written; it is shown by the rules of today`);
    if (before === after) say(`${title}: nothing changes`);
    else
      for (const line of before === '' ? after.split('\n').map((one) => `+ ${one}`) : lineDiff(before, after))
        print(line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line);
    changes ||= before !== after;
  }
  return changes ? EXIT.no : EXIT.ok;
}

/** Returns a policy as its store's own tools show it. */
function text(policy: StoredPolicy, { known }: PolicyBasis): string {
  return JSON.stringify(known.observed.form.shown(policy), undefined, 2);
}

/**
 * Returns the text of the policy that a key would get.
 * @throws CliError with the operator's own sentence if the store refuses the key
 */
function granted(key: AccessKey, basis: PolicyBasis): string {
  const asked = askedPolicy(key, basis);
  if ('refusal' in asked) throw new CliError(EXIT.no, asked.refusal);
  return text(asked, basis);
}

/**
 * The AccessKeys among manifests. @throws CliError if one is no AccessKey that the API server would take
 */
function keysOf(
  { review, accessKeyOf }: Review,
  manifests: readonly Manifest[],
  namespace: string,
): AccessKey[] {
  const [error] = review({ manifests, stores: [], unreadable: [], namespace }).filter(
    ({ level, rule }) => level === 'error' && (rule === 'schema' || rule === 'rule'),
  );
  if (error) throw new CliError(EXIT.no, `${error.object} ${error.field}: ${error.message}`);
  const keys = manifests
    .map((manifest) => accessKeyOf(manifest, namespace))
    .filter((key) => key !== undefined);
  if (keys.length === 0) throw new CliError(EXIT.failed, 'the file has no AccessKey');
  return keys;
}

/**
 * Returns what a key's policy follows from, without a cluster.
 * @throws CliError if the manifests don't have the key's store
 */
function basisIn(
  { storesIn, storeFor, namespacesIn }: Review,
  key: AccessKey,
  manifests: readonly Manifest[],
  namespace: string,
): PolicyBasis {
  const { namespace: own } = key.metadata;
  const labels = namespacesIn(manifests).get(own) ?? { name: own, labels: {} };
  const store = storeFor(key, storesIn(manifests, namespace));
  if (store !== undefined) return { known: knownBySpec(store), namespace: labels, cluster: NO_CLUSTER };
  throw new CliError(
    EXIT.notFound,
    `no file has ${storeNameOf(key.spec.storeRef)}, or it is not as the API server takes it`,
    'name its file with --store, or leave --store out to ask the cluster; kubectl accesskey check says what is wrong',
  );
}

/** The cluster as its policies carry it, as far as the user may know. */
async function clusterOf({ namespaces }: Kubernetes, signal: AbortSignal) {
  try {
    const { metadata } = await namespaces.get('kube-system', undefined, { signal });
    return { name: metadata.uid, uid: metadata.uid };
  } catch (error) {
    if (isForbidden(error)) return NO_CLUSTER;
    throw error;
  }
}
