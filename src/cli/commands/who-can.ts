import type { Command } from 'commander';
import { Option } from 'commander';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { labelOf } from '../keys/facts.ts';
import { listAll } from '../keys/list.ts';
import { type Reach, reachOf, USES, type Use } from '../keys/reach.ts';
import { table } from '../print/table.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, outputOption, storeArgument } from '../shell/options.ts';
import { type StoreRef, storeNameOf } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';

interface Flags extends ClusterFlags {
  readonly store?: StoreRef;
  readonly output?: 'json';
}

/** Returns the command `who-can BUCKET [read|write]`: it lists every key that reaches a bucket. */
export function whoCanCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('who-can')
    .argument('<bucket>', 'the name of the bucket')
    .argument('[use]', `${USES.join(' or ')}; default: read`)
    .summary('list every key that reaches a bucket, and by which entry')
    .description(
      'Lists every key that may read, or write, objects of a bucket, by what is in force in the store: limited keys by their entry, unrestricted ones, and earlier pairs that still work. Without -n it looks at every namespace.',
    )
    .addOption(
      new Option('--store <name>', 'only keys of that store: NAME, or ObjectStore/NAME').argParser(
        storeArgument,
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey who-can photos
  kubectl accesskey who-can photos write --store default`,
    );
  outputOption(clusterOptions(command), ['json']).action(
    async (bucket: string, use: string | undefined, flags: Flags) => {
      const wanted = USES.find((name) => name === (use ?? 'read'));
      if (wanted === undefined)
        throw new CliError(EXIT.usage, `${JSON.stringify(use)} is no use of a bucket`, 'write read or write');
      await withKubernetes(terminal, flags, (kubernetes) =>
        whoCan(kubernetes, bucket, wanted, flags, terminal),
      );
    },
  );
}

async function whoCan(
  kubernetes: Kubernetes,
  bucket: string,
  use: Use,
  { namespace, store, output }: Flags,
  terminal: Terminal,
): Promise<void> {
  const all = await listAll(kubernetes.accessKeys, { namespace, signal: terminal.signal });
  const keys = all.filter(
    ({ spec }) => store === undefined || storeNameOf(spec.storeRef) === storeNameOf(store),
  );
  const reaching = keys.flatMap((accessKey) => {
    const reach = reachOf(accessKey, bucket, use);
    return reach === undefined ? [] : [{ accessKey, reach }];
  });
  const now = reaching.filter(({ reach }) => reach.refusedBecause === undefined);
  if (output === 'json') {
    terminal.print(
      JSON.stringify(
        reaching.map(({ accessKey, reach }) => asJson(accessKey, reach)),
        undefined,
        2,
      ),
    );
    return;
  }
  if (now.length === 0) terminal.say(`no key can ${use} objects of ${bucket}`);
  else
    for (const line of table(
      ['NAMESPACE', 'NAME', 'LABEL', 'KEY-ID', 'STORE', 'MAY', 'THROUGH'],
      now.map(({ accessKey, reach }) => row(accessKey, reach)),
    ))
      terminal.print(line);
  const refused = reaching.filter(({ reach }) => reach.refusedBecause !== undefined);
  for (const { accessKey, reach } of refused)
    terminal.say(
      `${accessKey.metadata.namespace}/${accessKey.metadata.name} could, and the store refuses it now: ${reach.refusedBecause}`,
    );
}

function row(accessKey: AccessKey, { level, prefixes, through, ids }: Reach): string[] {
  const { metadata, spec } = accessKey;
  return [
    ...[metadata.namespace, metadata.name, labelOf(accessKey), ids.join(',')],
    ...[storeNameOf(spec.storeRef), prefixes.length > 0 ? `${level} ${prefixes.join(',')}` : level, through],
  ];
}

function asJson({ metadata: { namespace, name }, spec }: AccessKey, reach: Reach): object {
  return { namespace, name, store: storeNameOf(spec.storeRef), ...reach };
}
