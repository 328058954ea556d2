import { confirm } from '@clack/prompts';
import type { Command } from 'commander';
import { whatStops } from '../keys/change.ts';
import { getKey } from '../keys/get.ts';
import { gitOpsOwner } from '../keys/owner.ts';
import { podsSentence, refuseToRetain } from '../keys/revoke.ts';
import { isRevoked, waitFor } from '../keys/wait.ts';
import { progressOptions } from '../keys/write-change.ts';
import { plain } from '../print/plain.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, type WriteFlags, writeOptions } from '../shell/options.ts';
import { answered, promptStreams } from '../shell/prompts.ts';
import type { Terminal } from '../shell/terminal.ts';

interface Flags extends ClusterFlags, WriteFlags {
  readonly yes?: true;
}

/** Returns the command `revoke NAME`: it ends a key. */
export function revokeCommand(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  const command = program
    .command('revoke')
    .argument('<name>', 'the name of the AccessKey')
    .summary('revoke a key for good, after showing what stops working')
    .description(
      'Deletes the AccessKey: the store refuses its pair immediately and for good, and the operator removes its Secret. First shows what stops working.',
    )
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey revoke photo-uploader -n shop --wait
  kubectl accesskey disable photo-uploader -n shop        stops it for a while, and keeps the pair`,
    );
  writeOptions(clusterOptions(command)).action(async (name: string, flags: Flags) =>
    setExitCode(
      await withKubernetes(terminal, flags, (kubernetes) => revoke(kubernetes, name, flags, terminal)),
    ),
  );
}

async function revoke(
  kubernetes: Kubernetes,
  name: string,
  flags: Flags,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal;
  const accessKey = await getKey(kubernetes, name, signal);
  const { uid, namespace } = accessKey.metadata;
  refuseToRetain(accessKey);
  for (const line of whatStops(accessKey)) terminal.say(plain(line));
  terminal.say(await podsSentence(kubernetes, accessKey, signal));
  const owner = gitOpsOwner(accessKey.metadata);
  if (owner && !flags.despiteGitops) {
    terminal.say(
      `accesskey/${name} is not revoked: ${owner.tool} (${owner.source}) manages it, and would recreate it. Remove ` +
        'its manifest from Git; --despite-gitops deletes it here anyway',
    );
    return flags.dryRun ? EXIT.ok : EXIT.notWritten;
  }
  if (flags.dryRun) {
    terminal.print(`accesskey/${name} would be revoked (dry run)`);
    return EXIT.ok;
  }
  if (!flags.yes && !(await confirmed(terminal, name))) {
    terminal.say('nothing is written');
    return EXIT.notWritten;
  }
  await kubernetes.accessKeys.delete(name, namespace, { uid, signal });
  terminal.print(`accesskey/${name} is being revoked`);
  if (!flags.wait) return EXIT.ok;
  await waitFor(kubernetes, name, isRevoked, progressOptions(terminal, flags));
  terminal.say('revoked, and the store has confirmed it');
  return EXIT.ok;
}

async function confirmed(terminal: Terminal, name: string): Promise<boolean> {
  if (!terminal.interactive)
    throw new CliError(
      EXIT.usage,
      'revoke asks before it deletes, and there is no terminal to ask at',
      'pass --yes to confirm',
    );
  return answered(
    confirm({ message: `Revoke ${name} for good?`, initialValue: false, ...promptStreams(terminal) }),
  );
}
