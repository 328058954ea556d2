/** Flags that several commands share. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../../api/duration.ts';
import type { StoreRef } from './store-ref.ts';

/** Adds the flags by which kubectl finds its cluster. */
export function clusterOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'the namespace; default: that of the context')
    .option('--context <name>', "the kubeconfig's context; default: its current one")
    .option('--kubeconfig <file>', 'the kubeconfig; default: KUBECONFIG, then ~/.kube/config');
}

/** Adds the flags of a command that writes. */
export function writeOptions(command: Command): Command {
  return command
    .option('--dry-run', 'ask the API server without writing, and print what would be written')
    .option('--wait', 'wait until the change is in force')
    .addOption(timeoutOption())
    .option('--despite-gitops', 'write an object that a GitOps tool manages; the tool may undo it');
}

/** The flags of every command that writes. */
export interface WriteFlags {
  readonly dryRun?: true;
  readonly wait?: true;
  readonly timeout: number;
  readonly despiteGitops?: true;
}

/** Returns the option `--timeout`, in ms. */
export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'how long to wait, such as 90s or 5m')
    .default(60_000, '60s')
    .argParser(durationArgument);
}

/** Adds `-o` with the command's output forms, such as json and yaml. */
export function outputOption(command: Command, forms: readonly string[]): Command {
  return command.addOption(new Option('-o, --output <form>', 'how to print').choices([...forms]));
}

/** Reads `NAME`, `ClusterObjectStore/NAME` or `ObjectStore/NAME`. */
export function storeArgument(text: string): StoreRef {
  const [, kind = 'ClusterObjectStore', name] =
    /^(?:(ClusterObjectStore|ObjectStore)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError('Write NAME, or ObjectStore/NAME for a store of the namespace.');
  return { kind: kind as StoreRef['kind'], name };
}

/** A duration in ms. */
function durationArgument(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a duration such as 90s, 5m or 1h30m.');
  return ms;
}
