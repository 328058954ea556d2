import { type Command, Option } from 'commander';
import { OPERATOR_VERSION } from '../../version.ts';
import { type Finding, findingLine, sarif } from '../offline/findings.ts';
import { readManifests } from '../offline/manifests.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Terminal } from '../shell/terminal.ts';

interface Flags {
  readonly filename: readonly string[];
  readonly store?: readonly string[];
  readonly namespace: string;
  readonly output: 'plain' | 'json' | 'sarif';
}

/** Returns the command `check -f DIR`: it reviews manifests without a cluster. */
export function checkCommand(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  program
    .command('check')
    .summary('review manifests without a cluster: schema, rules, grants')
    .description(
      `Reviews AccessKeys and stores in files, for a pull request or CI. It checks what the API server checks (the schema and every rule of the CustomResourceDefinitions), and what the operator checks (the store's grants, the size of the policy, secretTemplate). It asks no cluster: what an edit may change, names that are taken there and other admission policies stay the API server's to check.`,
    )
    .addOption(
      paths(
        '-f, --filename <path>',
        'a file, a folder with all below it, or - for standard input; again for more',
      ).makeOptionMandatory(),
    )
    .addOption(
      paths(
        '--store <path>',
        'a file or folder with the stores (and Namespaces) that the keys name; again for more',
      ),
    )
    .option('-n, --namespace <name>', 'the namespace of objects that name none', 'default')
    .addOption(
      new Option('-o, --output <form>', 'how to print').choices(['plain', 'json', 'sarif']).default('plain'),
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing is wrong, 3 something is.

Examples:
  kubectl accesskey check -f manifests/ --store platform/store.yaml
  helm template chart/ | kubectl accesskey check -f - --store store.yaml
  kubectl accesskey check -f manifests/ -o sarif > accesskey.sarif`,
    )
    .action(async (flags: Flags) => setExitCode(await check(flags, terminal)));
}

function paths(flag: string, description: string): Option {
  return new Option(flag, description).argParser((path: string, before: readonly string[] = []) => [
    ...before,
    path,
  ]);
}

async function check(
  { filename, store = [], namespace, output }: Flags,
  terminal: Terminal,
): Promise<number> {
  // The schemas are of no use to any other command.
  const { review } = await import('../offline/review.ts');
  const read = filename.map(readManifests);
  const stores = store.map(readManifests);
  const findings = review({
    manifests: read.flatMap(({ manifests }) => manifests),
    stores: stores.flatMap(({ manifests }) => manifests),
    unreadable: [...read, ...stores].flatMap(({ unreadable }) => unreadable),
    namespace,
  });
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (output === 'json') terminal.print(JSON.stringify(findings, undefined, 2));
  else if (output === 'sarif')
    terminal.print(JSON.stringify(sarif(findings, OPERATOR_VERSION), undefined, 2));
  else for (const finding of findings) terminal.print(colored(finding, terminal));
  const objects = read
    .flatMap(({ manifests }) => manifests)
    .filter(({ apiVersion }) => apiVersion.startsWith('accesskeys.dev/'));
  terminal.say(
    `${objects.length} object${objects.length === 1 ? '' : 's'} checked: ${errors === 0 ? 'nothing is wrong' : `${errors} error${errors === 1 ? '' : 's'}`}`,
  );
  return errors === 0 ? EXIT.ok : EXIT.no;
}

function colored(finding: Finding, { paint }: Terminal): string {
  return paint(finding.level === 'error' ? 'red' : 'dim', findingLine(finding));
}
