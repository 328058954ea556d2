/** The commands that change one field or two of a key: label, rotate, disable, enable, permissions. */
import { type Command, InvalidArgumentError } from 'commander';
import type { AccessKey, BucketAccess } from '../../api/schema/accesskey.ts';
import { type Change, disabledChange, labelChange, permissionChange, rotation } from '../keys/change.ts';
import { parseEntry, withBucketsCreated } from '../keys/entries.ts';
import { getKey } from '../keys/get.ts';
import { type Goal, inForce, isDisabled } from '../keys/wait.ts';
import { writeChange } from '../keys/write-change.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, type WriteFlags, writeOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';

type Flags = ClusterFlags & WriteFlags;
type SetExitCode = (code: number) => void;

interface Edit<F extends Flags> {
  readonly name: string;
  readonly flags: F;
  /** @throws CliError if the key can't be changed so */
  readonly change: (accessKey: AccessKey) => Change;
  readonly goal?: Goal;
}

/** Reads the key, makes the change of it and writes it. */
function edit<F extends Flags>(terminal: Terminal, { name, flags, change, goal = inForce }: Edit<F>) {
  return withKubernetes(terminal, flags, async (kubernetes) => {
    const accessKey = await getKey(kubernetes, name, terminal.signal);
    return writeChange({ kubernetes, terminal, flags }, accessKey, change(accessKey), goal);
  });
}

function editing(program: Command, name: string, summary: string): Command {
  return program.command(name).argument('<name>', 'the name of the AccessKey').summary(summary);
}

/** Returns the command `label NAME LABEL`. */
export function labelCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = editing(program, 'label', 'change what a key is called')
    .argument('<label>', 'the new label, up to 128 characters')
    .description('Changes the label of a key. The pair stays.')
    .addHelpText(
      'after',
      "\nExample:\n  kubectl accesskey label photo-uploader 'Photos, in and out' -n shop",
    );
  writeOptions(clusterOptions(command)).action(async (name: string, label: string, flags: Flags) =>
    setExitCode(await edit(terminal, { name, flags, change: () => labelChange(label) })),
  );
}

/** Returns the command `rotate NAME`. */
export function rotateCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = editing(program, 'rotate', 'replace the pair of a key')
    .description(
      'Replaces the pair with a new one. The old pair still works for the grace period (rotation.gracePeriod, default 24h).',
    )
    .addHelpText('after', '\nExample:\n  kubectl accesskey rotate photo-uploader -n shop --wait');
  writeOptions(clusterOptions(command)).action(async (name: string, flags: Flags) =>
    setExitCode(await edit(terminal, { name, flags, change: rotation })),
  );
}

/** Returns the commands `disable NAME` and `enable NAME`. */
export function disableCommands(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const disable = editing(program, 'disable', 'make the store refuse a key, and keep its pair')
    .description('Disables a key: the store refuses it until you enable it. The operator keeps its pair.')
    .addHelpText('after', '\nExample:\n  kubectl accesskey disable photo-uploader -n shop --wait');
  writeOptions(clusterOptions(disable)).action(async (name: string, flags: Flags) =>
    setExitCode(await edit(terminal, { name, flags, change: () => disabledChange(true), goal: isDisabled })),
  );
  const enable = editing(program, 'enable', 'make the store accept a disabled key again')
    .description('Enables a key that was disabled. Its pair works again.')
    .addHelpText('after', '\nExample:\n  kubectl accesskey enable photo-uploader -n shop --wait');
  writeOptions(clusterOptions(enable)).action(async (name: string, flags: Flags) =>
    setExitCode(await edit(terminal, { name, flags, change: () => disabledChange(false) })),
  );
}

interface SetFlags extends Flags {
  readonly only?: true;
  readonly unrestricted?: true;
  readonly createBuckets?: true;
}

/** Returns the command `permissions set NAME BUCKET=read_only …`. */
export function permissionsCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const permissions = program.command('permissions').summary('change what a key may do in which buckets');
  permissions.description(
    'Changes what a key may do. The pair stays; kubectl accesskey show lists what is in force.',
  );
  const set = permissions
    .command('set')
    .argument('<name>', 'the name of the AccessKey')
    .argument(
      '[entries...]',
      'BUCKET=none, BUCKET=read_only or BUCKET=read_write, with :PREFIX/,PREFIX/',
      entry,
    )
    .summary('set the permission of buckets')
    .description(
      'Sets the permission of the buckets that are named and keeps the others, or removes them with --only. The key becomes limited if it was not.',
    )
    .option('--only', 'remove every bucket that is not named')
    .option('--create-buckets', 'let the operator create the named buckets that do not exist')
    .option('--unrestricted', 'full access to every bucket, if the store grants it')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey permissions set photo-uploader photos=read_write logs=read_only:2026/ -n shop
  kubectl accesskey permissions set photo-uploader photos=read_only --only --dry-run`,
    );
  writeOptions(clusterOptions(set)).action(
    async (name: string, entries: readonly BucketAccess[] = [], flags: SetFlags) => {
      const change = (accessKey: AccessKey) => {
        if (flags.unrestricted && entries.length === 0) return permissionChange(accessKey, 'unrestricted');
        if (flags.unrestricted || (entries.length === 0 && !flags.only))
          throw new CliError(
            EXIT.usage,
            'permissions set takes buckets or --unrestricted, one of the two',
            'write BUCKET=read_only, BUCKET=read_write, BUCKET=append_only or BUCKET=none for each bucket; --only alone takes all away',
          );
        const named = flags.createBuckets ? withBucketsCreated(entries) : entries;
        return permissionChange(accessKey, named, { only: flags.only === true });
      };
      setExitCode(await edit(terminal, { name, flags, change }));
    },
  );
}

/** Reads one entry and adds it to those before it. */
export function entry(text: string, before: readonly BucketAccess[] = []): BucketAccess[] {
  const parsed = parseEntry(text);
  if (typeof parsed === 'string') throw new InvalidArgumentError(parsed);
  return [...before, parsed];
}
