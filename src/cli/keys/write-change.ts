/** Writing a change of a key: by the user's own rights, and not over what Git says. */
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isConflict } from '../../kube/errors.ts';
import { yamlOf } from '../print/objects.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import type { WriteFlags } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';
import { type Change, changesNothing, gitPatch } from './change.ts';
import { type GitOpsOwner, gitOpsOwner } from './owner.ts';
import { type Goal, waitFor } from './wait.ts';

/** The field manager of what the plugin writes. */
export const CLI_FIELD_MANAGER = 'kubectl-accesskey';
const MAX_TRIES = 3;

/**
 * Writes a change, or shows what it would write: for a dry run, and for an object that a GitOps tool manages.
 * @param goal what `--wait` waits for
 * @returns the exit code
 * @throws KubeError if the API server refuses, Conflict if somebody changed the object meanwhile
 */
export async function writeChange(
  { kubernetes, terminal, flags }: Writing,
  accessKey: AccessKey,
  change: Change,
  goal: Goal,
): Promise<number> {
  const { name } = accessKey.metadata;
  const title = `accesskey/${name}`;
  if (changesNothing(accessKey, change)) {
    terminal.say(`${title} is so already: nothing to write`);
    return EXIT.ok;
  }
  const owner = gitOpsOwner(accessKey.metadata);
  const write = (dryRun: boolean) =>
    patchSpec(kubernetes, accessKey, change, { dryRun, signal: terminal.signal });
  if (flags.dryRun || (owner && !flags.despiteGitops)) {
    await write(true);
    terminal.print(yamlOf(gitPatch(accessKey, change)));
    if (!owner || flags.despiteGitops) {
      terminal.say(`${title} would be ${change.summary} (dry run; the API server takes it)`);
      return EXIT.ok;
    }
    return sayManaged(terminal, title, owner, flags.dryRun === true);
  }
  await write(false);
  terminal.print(`${title} ${change.summary}`);
  if (owner)
    terminal.say(`${owner.tool} (${owner.source}) manages it, and undoes this unless Git says the same`);
  if (!flags.wait) return EXIT.ok;
  await waitFor(kubernetes, name, goal, progressOptions(terminal, flags));
  terminal.say('in force');
  return EXIT.ok;
}

/**
 * Patches the spec of the key as it was read. If only its status has changed since, it patches once more.
 * @throws KubeError Conflict if somebody edited the spec meanwhile, or made another object of that name
 */
export async function patchSpec(
  { accessKeys }: Pick<Kubernetes, 'accessKeys'>,
  { metadata }: AccessKey,
  { spec }: Pick<Change, 'spec'>,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<AccessKey> {
  const { name, namespace, uid, generation } = metadata;
  let { resourceVersion } = metadata;
  for (let tries = 1; ; tries += 1) {
    try {
      return await accessKeys.patch(
        name,
        namespace,
        { metadata: { uid, resourceVersion }, spec },
        { fieldManager: CLI_FIELD_MANAGER, dryRun, signal },
      );
    } catch (error) {
      if (!isConflict(error) || tries === MAX_TRIES) throw error;
      const live = await accessKeys.get(name, namespace, { signal });
      if (live.metadata.uid !== uid || live.metadata.generation !== generation) throw error;
      ({ resourceVersion } = live.metadata);
    }
  }
}

/** The parts that every command that writes has at hand. */
export interface Writing {
  readonly kubernetes: Kubernetes;
  readonly terminal: Terminal;
  readonly flags: WriteFlags;
}

/** Returns how to wait, with each step of it said on stderr. */
export function progressOptions(terminal: Terminal, { timeout }: Pick<WriteFlags, 'timeout'>) {
  return {
    timeoutMs: timeout,
    signal: terminal.signal,
    onProgress: (sentence: string) => terminal.say(terminal.paintRemark('dim', `… ${sentence}`)),
  };
}

/** Says who keeps the object in Git. @returns the exit code */
function sayManaged(
  terminal: Terminal,
  title: string,
  { tool, source }: GitOpsOwner,
  asked: boolean,
): number {
  terminal.say(
    `${title} is not written: ${tool} (${source}) manages it. The patch above is the change for Git, and the API ` +
      'server takes it; --despite-gitops writes it here anyway',
  );
  return asked ? EXIT.ok : EXIT.notWritten;
}
