import type { Command } from 'commander';
import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isForbidden } from '../../kube/errors.ts';
import { withoutManagedFields } from '../../kube/objects.ts';
import { type KeyEvent, keyEvents } from '../keys/events.ts';
import { isObserved, labelOf, publishedSecretOf, remedyOf } from '../keys/facts.ts';
import { getKey } from '../keys/get.ts';
import { gitOpsOwner } from '../keys/owner.ts';
import {
  EVERY_BUCKET,
  inWords,
  levelText,
  type PermissionRow,
  permissionRows,
  sameLevel,
} from '../keys/permissions.ts';
import { formatted, type ObjectOutput, OUTPUTS } from '../print/objects.ts';
import { plain } from '../print/plain.ts';
import { type Cell, table } from '../print/table.ts';
import { ago, timeWithDistance } from '../print/time.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, outputOption } from '../shell/options.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';
import { actionsInForce } from '../stores/actions-in-force.ts';

interface Flags extends ClusterFlags {
  readonly actions?: true;
  readonly output?: ObjectOutput;
}

/** Returns the command `show NAME`: it prints all about one key. */
export function showCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('show')
    .argument('<name>', 'the name of the AccessKey')
    .summary('show a key: permissions asked and in force, rotation, previous keys, Events')
    .description(
      'Shows one AccessKey: its permissions per bucket as asked and as in force, rotation and expiry, earlier pairs that still work, who manages it, and its recent Events. It never shows the secret.',
    )
    .option('--actions', 'also list the S3 actions that each permission stands for')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey show photo-uploader -n shop
  kubectl accesskey show photo-uploader -n shop --actions`,
    );
  outputOption(clusterOptions(command), OUTPUTS).action((name: string, flags: Flags) =>
    withKubernetes(terminal, flags, (kubernetes) => show(kubernetes, name, flags, terminal)),
  );
}

async function show(kubernetes: Kubernetes, name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const accessKey = await getKey(kubernetes, name, signal);
  if (flags.output !== undefined) {
    const object = withoutManagedFields(accessKey);
    terminal.print(formatted(object, flags.output));
    return;
  }
  for (const line of summary(accessKey, terminal)) terminal.print(line);
  const rows = permissionRows(accessKey);
  terminal.print('');
  for (const line of permissionTable(rows, terminal)) terminal.print(line);
  if (flags.actions)
    for (const line of await actionLines(kubernetes, accessKey, signal)) terminal.print(line);
  terminal.print('');
  for (const line of await eventLines(kubernetes, accessKey, terminal)) terminal.print(line);
}

/** `name  value` lines about everything but permissions and Events. */
function summary(accessKey: AccessKey, { paint, now }: Terminal): string[] {
  const { metadata, spec, status } = accessKey;
  const owner = gitOpsOwner(metadata);
  const previous = status?.previousKeys ?? [];
  const { interval, gracePeriod } = spec.rotation ?? {};
  const facts: (readonly [string, string | undefined])[] = [
    ['Name', `${metadata.namespace}/${metadata.name}`],
    ['Ready', readyText(accessKey)],
    ['Key id', status?.accessKeyId],
    ['Secret', publishedSecretOf(accessKey)],
    ['Store', storeNameOf(spec.storeRef)],
    ['Issued', status?.issuedAt && timeWithDistance(status.issuedAt, now())],
    ['Rotation', interval && `every ${interval}, the old pair still works for ${gracePeriod ?? '24h'}`],
    ['Next rotation', status?.nextRotationAt && timeWithDistance(status.nextRotationAt, now())],
    ['Expires', spec.expiresAt && timeWithDistance(spec.expiresAt, now())],
    ...previous.map(
      ({ accessKeyId, revokeAt }) =>
        ['Previous key', `${accessKeyId} works until ${timeWithDistance(revokeAt, now())}`] as const,
    ),
    ['Deletion', spec.deletionPolicy === 'Retain' ? 'Retain: the key outlives this object' : undefined],
    ['Managed by', owner && `${owner.tool}, ${owner.source}`],
  ];
  const shown = facts.filter(([, value]) => value !== undefined && value !== '');
  return [
    paint('bold', plain(labelOf(accessKey))),
    ...shown.map(([name, value]) => `  ${name.padEnd(15)}${plain(value)}`),
  ];
}

function readyText(accessKey: AccessKey): string {
  const ready = readyOf(accessKey);
  if (ready === undefined) return 'Unknown: the operator has not reconciled it; check that it runs';
  const remedy = remedyOf(accessKey);
  const stale = isObserved(accessKey) ? '' : ' (the last edit is not in force yet)';
  return `${ready.status}, ${ready.reason}${stale}: ${ready.message}${remedy && ` ${remedy}`}`;
}

function permissionTable(rows: readonly PermissionRow[], { paint }: Terminal): string[] {
  if (rows.length === 0) return ['None: the key may use no bucket.'];
  const cells = rows.map(({ bucketName, asked, inForce }): (string | Cell)[] => [
    bucketName,
    levelText(asked),
    sameLevel(asked, inForce)
      ? levelText(inForce)
      : { text: levelText(inForce), paint: (text) => paint('yellow', text) },
    inWords(inForce),
  ]);
  return table(['BUCKET', 'ASKED', 'IN FORCE', 'ALLOWS'], cells);
}

/** The S3 actions in force, a line for each bucket and one for its objects. */
async function actionLines(
  kubernetes: Kubernetes,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<string[]> {
  const actions = await actionsInForce(kubernetes, accessKey, signal);
  if (typeof actions === 'string') return ['', `S3 actions: not shown, since ${actions}.`];
  return actions.flatMap(({ bucketName, bucket, objects }) =>
    bucketName === EVERY_BUCKET
      ? ['', `S3 actions on every bucket and object: ${bucket.join(' ')}`]
      : [
          '',
          `S3 actions on bucket ${bucketName}: ${bucket.join(' ')}`,
          `S3 actions on its objects: ${objects.join(' ')}`,
        ],
  );
}

async function eventLines(
  kubernetes: Kubernetes,
  accessKey: AccessKey,
  { paint, now, signal }: Terminal,
): Promise<string[]> {
  let events: KeyEvent[];
  try {
    events = await keyEvents(kubernetes, accessKey, signal);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return [`Events: not shown, since you may not list events in namespace ${accessKey.metadata.namespace}.`];
  }
  if (events.length === 0) return ['Events: none in the last hour.'];
  const rows = events
    .slice(0, 10)
    .map(({ at, warning, reason, message, count }): (string | Cell)[] => [
      ago(at, now()),
      warning ? { text: reason, paint: (text) => paint('yellow', text) } : reason,
      count > 1 ? `${message} (${count} times)` : message,
    ]);
  return table(['EVENT', 'REASON', 'MESSAGE'], rows);
}
