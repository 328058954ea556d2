import { type Command, Option } from 'commander';
import { withHiddenSecret } from '../keys/environment.ts';
import { getKey } from '../keys/get.ts';
import { readPublishedPair } from '../keys/pair.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';
import { configText, isCode, placeOf } from '../tools/config-text.ts';
import { CODE, TOOLS, type ToolName } from '../tools/tools.ts';

interface Flags extends ClusterFlags {
  readonly for: ToolName;
  readonly bucket?: string;
  readonly showSecret?: true;
}

/** Returns the command `config NAME --for TOOL`: it prints what a tool or a program needs to use the key. */
export function configCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('config')
    .argument('<name>', 'the name of the AccessKey')
    .summary('print the configuration of a tool, or code for an SDK')
    .description(
      'Prints what a tool reads, or code that uses the key through an SDK. At a terminal it hides the secret unless --show-secret is given. The code has no secret in it: it reads the variables of env, exec or envFrom.',
    )
    .addOption(new Option('--for <tool>', 'the tool or language').choices([...TOOLS]).makeOptionMandatory())
    .option('--bucket <name>', 'the bucket to show the use by; default: the first that the key may use')
    .option('--show-secret', 'print the secret at a terminal too')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey config photo-uploader -n shop --for rclone > rclone.conf
  kubectl accesskey config photo-uploader -n shop --for boto3`,
    );
  clusterOptions(command).action((name: string, flags: Flags) =>
    withKubernetes(terminal, flags, (kubernetes) => config(kubernetes, name, flags, terminal)),
  );
}

async function config(kubernetes: Kubernetes, name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { signal, stdout } = terminal;
  const accessKey = await getKey(kubernetes, name, signal);
  const published = await readPublishedPair(kubernetes, accessKey, signal);
  const place = placeOf(accessKey, published, flags.bucket);
  const tool = flags.for;
  if (isCode(tool)) {
    terminal.print(CODE[tool](place));
    return;
  }
  const show = flags.showSecret === true || stdout.isTTY !== true;
  terminal.print(configText(tool, accessKey, show ? published : withHiddenSecret(published), place));
  if (!show)
    terminal.say('The secret is hidden at a terminal: write this into a file, or say --show-secret.');
}
