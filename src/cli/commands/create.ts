import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../../api/duration.ts';
import type { BucketAccess } from '../../api/schema/accesskey.ts';
import { FORMATS, type Format } from '../../api/secret-keys.ts';
import { createKey } from '../keys/create.ts';
import { withBucketsCreated } from '../keys/entries.ts';
import { type NewKey, newKeyManifest } from '../keys/new-key.ts';
import { yamlOf } from '../print/objects.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, storeArgument, timeoutOption } from '../shell/options.ts';
import type { StoreRef } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';
import { createByDialog } from './create-dialog.ts';
import { entry } from './edit.ts';

interface Flags extends ClusterFlags {
  readonly label?: string;
  readonly store?: StoreRef;
  readonly bucket?: readonly BucketAccess[];
  readonly buckets: boolean;
  readonly createBuckets?: true;
  readonly unrestricted?: true;
  readonly secretName?: string;
  readonly format?: readonly Format[];
  readonly rotateEvery?: string;
  readonly grace?: string;
  readonly expires?: string;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly showSecret?: true;
  readonly timeout: number;
}

/** Returns the command `create [NAME]`: it creates a key by flags, or by questions on a terminal. */
export function createCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('create')
    .argument('[name]', 'the name of the new AccessKey; without it, the command asks for everything')
    .summary('create a key, by flags or by questions on the terminal')
    .description(
      'Creates an AccessKey. State what it may do: --bucket for each bucket, --no-buckets for none, or --unrestricted. Without arguments it asks, like the page of a cloud provider.',
    )
    .option('--label <text>', 'what people call the key; default: its name')
    .addOption(
      new Option(
        '--store <name>',
        'the store: NAME, or ObjectStore/NAME; default: ClusterObjectStore/default',
      ).argParser(storeArgument),
    )
    .addOption(
      new Option(
        '-b, --bucket <entry>',
        'BUCKET=read_only or BUCKET=read_write, with :PREFIX/,PREFIX/; again for each',
      ).argParser(entry),
    )
    .option('--create-buckets', 'let the operator create the buckets that do not exist')
    .option('--no-buckets', 'a limited key that may use no bucket yet')
    .option('--unrestricted', 'full access to every bucket, if the store grants it')
    .option('--secret-name <name>', "the Secret's name; default: that of the key")
    .addOption(
      new Option(
        '--format <format>',
        `also write the Secret for a tool, again for each: ${FORMATS.join(', ')}`,
      ).argParser(format),
    )
    .addOption(
      new Option(
        '--rotate-every <duration>',
        'how often the operator replaces the pair, such as 720h',
      ).argParser(durationText),
    )
    .addOption(
      new Option('--grace <duration>', 'how long a replaced pair still works; default 24h').argParser(
        durationText,
      ),
    )
    .addOption(
      new Option('--expires <time>', 'the day or time at which it expires, such as 2027-01-01').argParser(
        timeText,
      ),
    )
    .option('--dry-run', 'print the manifest and write nothing; asks no server')
    .option('--wait', 'wait until the pair works, and show how far it is')
    .option('--show-secret', 'then show the secret once; on a terminal only')
    .addOption(timeoutOption())
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey create                                   asks for everything
  kubectl accesskey create photo-uploader -n shop --label 'Photo uploader' \\
    --bucket photos=read_write --bucket logs=read_only:2026/ --wait
  kubectl accesskey create reports -n shop --bucket reports=read_only --dry-run > reports.yaml`,
    );
  clusterOptions(command).action(async (name: string | undefined, flags: Flags) => {
    if (name === undefined) return create(terminal, flags);
    const key = { ...fieldsOf(flags), name };
    if (flags.showSecret && terminal.stdout.isTTY !== true)
      throw new CliError(
        EXIT.usage,
        '--show-secret shows the secret on a terminal, and the output goes elsewhere',
        `leave it out, and read the pair with kubectl accesskey env ${name}`,
      );
    if (flags.dryRun) {
      const namespace =
        flags.namespace ?? (await withKubernetes(terminal, flags, async (to) => to.namespace));
      terminal.print(yamlOf(newKeyManifest({ ...key, namespace })));
      return;
    }
    await withKubernetes(terminal, flags, (kubernetes) =>
      createKey(kubernetes, terminal, newKeyManifest({ ...key, namespace: kubernetes.namespace }), flags),
    );
  });
}

function create(terminal: Terminal, flags: Flags): Promise<void> {
  if (!terminal.interactive)
    throw new CliError(
      EXIT.usage,
      'create asks where no name is given, and there is no terminal to ask at',
      'write a name and what the key may do: kubectl accesskey create NAME --bucket BUCKET=read_only',
    );
  return withKubernetes(terminal, flags, (kubernetes: Kubernetes) =>
    createByDialog(kubernetes, terminal, flags),
  );
}

/** @throws CliError if the flags don't say what the key may do, or say two things */
function fieldsOf(flags: Flags): Omit<NewKey, 'name' | 'namespace'> {
  const { bucket, buckets, createBuckets, unrestricted, rotateEvery, grace } = flags;
  const said = [bucket !== undefined, !buckets, unrestricted === true].filter(Boolean).length;
  if (said !== 1)
    throw new CliError(
      EXIT.usage,
      said === 0
        ? 'nothing says what the key may do'
        : '--bucket, --no-buckets and --unrestricted exclude each other',
      'write --bucket BUCKET=read_only for each bucket, --no-buckets for none, or --unrestricted for full access',
    );
  return {
    label: flags.label,
    storeRef: flags.store,
    access: unrestricted ? 'unrestricted' : createBuckets ? withBucketsCreated(bucket ?? []) : (bucket ?? []),
    secretName: flags.secretName,
    formats: flags.format,
    expiresAt: flags.expires,
    ...((rotateEvery ?? grace) !== undefined && {
      rotation: {
        ...(rotateEvery !== undefined && { interval: rotateEvery }),
        ...(grace !== undefined && { gracePeriod: grace }),
      },
    }),
  };
}

function format(text: string, before: readonly Format[] = []): Format[] {
  const found = FORMATS.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`Write one of ${FORMATS.join(', ')}.`);
  return [...before, found];
}

function durationText(text: string): string {
  if (parseDurationMs(text) === undefined)
    throw new InvalidArgumentError('Write a duration in hours, minutes and seconds, such as 720h.');
  return text;
}

function timeText(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('Write a day or a time, such as 2027-01-01 or 2027-01-01T12:00:00Z.');
  return at.toISOString().replace('.000Z', 'Z');
}
