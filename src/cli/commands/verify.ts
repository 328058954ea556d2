import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { proxyFor } from '../../network/proxy-for.ts';
import { createMinioStore } from '../../provider/minio/admin.ts';
import { getKey } from '../keys/get.ts';
import { readPublishedPair } from '../keys/pair.ts';
import { accessInForce, accessLevels, askedLevels, type BucketLevel } from '../keys/permissions.ts';
import { type Cell, table } from '../print/table.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';
import { caOf, readCaFile } from '../stores/ca.ts';
import { formOf, readStoreIfAllowed } from '../stores/known.ts';
import { ownPolicyVerdict } from '../verify/own-policy.ts';
import { type Answered, askStore, bucketNames, questionsFor } from '../verify/probes.ts';
import { createS3, type S3 } from '../verify/s3.ts';

interface Flags extends ClusterFlags {
  readonly endpoint?: string;
  readonly caFile?: string;
}

/** The maximum number of buckets of others that are tried. */
const MAX_OTHERS = 20;

/** Returns the command `verify NAME`: it tests the key as the store sees it. */
export function verifyCommand(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  const command = program
    .command('verify')
    .argument('<name>', 'the name of the AccessKey')
    .summary('try a key at the store, by requests that change nothing')
    .description(
      'Tries whether the pair works, and whether the store allows what it should and nothing else. It signs requests with the pair of the key: for objects that nobody has, for parts of uploads that were never begun, and for its own account. Nothing in the store changes. It runs on this machine, which has to reach the store.',
    )
    .option('--endpoint <url>', 'another way to the store than the Secret says, such as a port-forward')
    .option('--ca-file <path>', "the CA of the endpoint; default: the store's, if you may read it")
    .addHelpText(
      'after',
      `
Exit codes: 0 the key does what it should, 3 it does more or less.

Examples:
  kubectl accesskey verify photo-uploader -n shop
  kubectl port-forward -n storage service/minio 9000 & kubectl accesskey verify photo-uploader -n shop --endpoint https://localhost:9000`,
    );
  clusterOptions(command).action(async (name: string, flags: Flags) =>
    setExitCode(
      await withKubernetes(terminal, flags, (kubernetes) => verify(kubernetes, name, flags, terminal)),
    ),
  );
}

async function verify(
  kubernetes: Kubernetes,
  name: string,
  flags: Flags,
  terminal: Terminal,
): Promise<number> {
  const { signal, now } = terminal;
  const accessKey = await getKey(kubernetes, name, signal);
  const { spec, metadata } = accessKey;
  const published = await readPublishedPair(kubernetes, accessKey, signal);
  const store = await readStoreIfAllowed(kubernetes, spec.storeRef, metadata.namespace, signal);
  const caBundle = flags.caFile ? readCaFile(flags.caFile) : store && (await caOf(kubernetes, store, signal));
  const endpoint = flags.endpoint ?? published.endpoint;
  const { pair, region } = published;
  terminal.say(`trying ${pair.accessKeyId} at ${endpoint}`);
  const target = URL.parse(endpoint);
  const proxy = target === null ? undefined : proxyFor(terminal.env)(target);
  const pairFault = await faultOfPair(
    { endpoint, region, credentials: pair, proxy, now, ...(caBundle && { caBundle }) },
    signal,
  );
  if (pairFault !== undefined) {
    terminal.print(terminal.paint('red', pairFault));
    return EXIT.no;
  }
  const s3 = createS3({ endpoint, region, pair, caBundle, proxy, signal, now });
  try {
    const levels = levelsOf(accessKey);
    const policy = await ownPolicyVerdict(s3, levels, formOf(store));
    // MinIO refuses a key before it says that a bucket isn't there. VersityGW and Ceph say so to everybody.
    const answers = await askAll(s3, levels, store?.spec.provider === 'IAM');
    return report(answers, policy, terminal);
  } finally {
    await s3.close();
  }
}

/** Returns why the pair doesn't work; undefined if it does. */
async function faultOfPair(
  options: Parameters<typeof createMinioStore>[0],
  signal: AbortSignal,
): Promise<string | undefined> {
  const admin = createMinioStore(options);
  const { accessKeyId } = options.credentials;
  try {
    const proof = await admin.probe(options.credentials, { signal });
    if (proof.kind === 'wrongSecret')
      return `the store knows ${accessKeyId} with another secret: the Secret was edited, or the user`;
    if (proof.kind === 'unknown')
      return `the store does not know ${accessKeyId}, or has it disabled: kubectl accesskey show says what the operator knows`;
    if (proof.kind === 'works' && !proof.user.enabled) return `the store has ${accessKeyId} disabled`;
    return undefined;
  } finally {
    await admin.close();
  }
}

/** Returns what is in force, and what is asked to be closed. */
function levelsOf(accessKey: AccessKey): Map<string, BucketLevel> {
  const closed = [...askedLevels(accessKey.spec)].filter(([, { level }]) => level === 'none');
  return new Map([...closed, ...accessLevels(accessInForce(accessKey))]);
}

async function askAll(
  s3: S3,
  levels: ReadonlyMap<string, BucketLevel>,
  tellsAbsent: boolean,
): Promise<Answered[]> {
  const unique = `kubectl-accesskey-verify-${randomUUID()}`;
  const listing = await s3.send('GET', '/');
  const found = listing.status === 200 ? bucketNames(listing.text) : [];
  const others = [...found.filter((bucket) => !levels.has(bucket)).slice(0, MAX_OTHERS), unique];
  const answers: Answered[] = [];
  for (const question of questionsFor(levels, others))
    answers.push(await askStore(s3, question, unique, tellsAbsent));
  return answers;
}

function report(
  answers: readonly Answered[],
  policy: Awaited<ReturnType<typeof ownPolicyVerdict>>,
  terminal: Terminal,
): number {
  const { print, say, paint } = terminal;
  const wrong = answers.filter(
    ({ found, expected, absent }) => found !== undefined && found !== expected && !absent,
  );
  const unclear = answers.filter(({ found }) => found === undefined);
  print(paint('green', 'the pair works'));
  if (policy.kind === 'exact')
    print(paint('green', 'the policy in the store is exactly that of the permissions in force'));
  else if (policy.kind === 'differs') for (const line of policy.differences) print(paint('red', line));
  else say(policy.why);
  const rows = answers.map(({ use, bucket, prefix, expected, found, absent, status }): (string | Cell)[] => [
    `${use} ${bucket.startsWith('kubectl-accesskey-') ? 'a bucket of another name' : bucket}${prefix && ` below ${prefix}`}`,
    expected,
    {
      text: absent ? 'no such bucket' : (found ?? `status ${status}`),
      paint: (text) =>
        paint(absent || found === expected ? 'green' : found === undefined ? 'yellow' : 'red', text),
    },
  ]);
  for (const line of table(['TRIED', 'SHOULD BE', 'IS'], rows)) print(line);
  if (unclear.length > 0)
    say(`${unclear.length} answers of the store say neither: try again, or look at the store`);
  const exact = wrong.length === 0 && policy.kind !== 'differs';
  say(
    exact
      ? 'the key does what it should'
      : `${wrong.length + (policy.kind === 'differs' ? 1 : 0)} things are not as they should be: the operator repairs a policy within an hour; kubectl accesskey show has the rest`,
  );
  if (exact && unclear.length === answers.length && answers.length > 0)
    throw new CliError(EXIT.failed, 'the store answered no question');
  return exact ? EXIT.ok : EXIT.no;
}
