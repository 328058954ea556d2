import { type Command, Option } from 'commander';
import { environmentOf, withHiddenSecret } from '../keys/environment.ts';
import { getKey } from '../keys/get.ts';
import { readPublishedPair } from '../keys/pair.ts';
import { type ClusterFlags, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';
import { ENV_FORMS, type EnvForm, environmentText } from '../tools/shells.ts';

interface Flags extends ClusterFlags {
  readonly form: EnvForm;
  readonly showSecret?: true;
}

/** Returns the command `env NAME`: it prints the pair as variables. */
export function envCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('env')
    .argument('<name>', 'the name of the AccessKey')
    .summary('print the pair as environment variables, for a shell to read')
    .description(
      'Prints the pair, the endpoint and the region as environment variables that every AWS SDK reads. At a terminal it hides the secret unless --show-secret is given; in a pipe it prints it.',
    )
    .addOption(new Option('--form <form>', 'for which shell').choices([...ENV_FORMS]).default('sh'))
    .option('--show-secret', 'print the secret at a terminal too')
    .addHelpText(
      'after',
      `
Examples:
  eval "$(kubectl accesskey env photo-uploader -n shop)"
  kubectl accesskey env photo-uploader -n shop --form fish | source
  kubectl accesskey exec photo-uploader -n shop -- aws s3 ls    the pair in one process alone`,
    );
  clusterOptions(command).action((name: string, flags: Flags) =>
    withKubernetes(terminal, flags, async (kubernetes) => {
      const accessKey = await getKey(kubernetes, name, terminal.signal);
      const published = await readPublishedPair(kubernetes, accessKey, terminal.signal);
      const show = flags.showSecret === true || terminal.stdout.isTTY !== true;
      terminal.print(
        environmentText(environmentOf(show ? published : withHiddenSecret(published)), flags.form),
      );
      if (!show)
        terminal.say('The secret is hidden at a terminal: pipe this into a shell, or say --show-secret.');
    }),
  );
}
