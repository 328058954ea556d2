import { type Command, Option } from 'commander';
import { API_VERSION } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { type ColumnOptions, keyHeader, keyRow } from '../keys/columns.ts';
import { listAll, SORTS, type Sort, sortKeys } from '../keys/list.ts';
import { watchKeys } from '../keys/watch.ts';
import { formatted, listOf } from '../print/objects.ts';
import { table } from '../print/table.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, outputOption, storeArgument } from '../shell/options.ts';
import { type StoreRef, storeNameOf } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';

interface Flags extends ClusterFlags {
  readonly allNamespaces?: true;
  readonly store?: StoreRef;
  readonly sortBy: Sort;
  readonly output?: 'wide' | 'json' | 'yaml';
  readonly watch?: true;
}

/** Returns the command `list`: it prints the keys of a namespace, or of all. */
export function listCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('list')
    .alias('ls')
    .summary('list keys: label, access, key id, ready and why not')
    .description('Lists the AccessKeys of a namespace. Plain text in a pipe, colored on a terminal.')
    .option('-A, --all-namespaces', 'of every namespace')
    .addOption(
      new Option('--store <name>', 'only the keys of that store: NAME, or ObjectStore/NAME').argParser(
        storeArgument,
      ),
    )
    .addOption(new Option('--sort-by <column>', 'the order').choices([...SORTS]).default('name'))
    .option('-w, --watch', 'then print each change, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey list -A                          every key that you may see
  kubectl accesskey list -n shop -o wide --watch     with store, Secret, expiry, and changes as they come
  kubectl accesskey list -A --store default --sort-by expires`,
    );
  outputOption(clusterOptions(command), ['wide', 'json', 'yaml']).action((flags: Flags) =>
    withKubernetes(terminal, flags, (kubernetes) => list(kubernetes, flags, terminal)),
  );
}

async function list(kubernetes: Kubernetes, flags: Flags, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const namespace = flags.allNamespaces ? undefined : kubernetes.namespace;
  const columns: ColumnOptions = {
    allNamespaces: flags.allNamespaces === true,
    wide: flags.output === 'wide',
  };
  const selected = ({ spec }: AccessKey) =>
    flags.store === undefined || storeNameOf(spec.storeRef) === storeNameOf(flags.store);
  const all = await listAll(kubernetes.accessKeys, { namespace, signal });
  const keys = sortKeys(all.filter(selected), flags.sortBy);
  if (flags.output === 'json' || flags.output === 'yaml') {
    terminal.print(formatted(listOf(API_VERSION, 'AccessKey', keys), flags.output));
  } else if (keys.length === 0) {
    terminal.say(nothingFound(namespace, flags.store));
  } else {
    const rows = keys.map((key) => keyRow(key, columns, terminal));
    for (const line of table(keyHeader(columns), rows)) terminal.print(line);
  }
  if (!flags.watch) return;
  const shown = new Map(keys.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
  await watchKeys(kubernetes, {
    namespace,
    signal,
    onTrouble: (sentence) => terminal.say(`still watching: ${sentence}`),
    onChange(before, after) {
      const key = after ?? before;
      if (key === undefined || !selected(key)) return;
      if (after !== undefined && shown.get(key.metadata.uid) === key.metadata.resourceVersion) return;
      print(after, key);
    },
  });

  function print(after: AccessKey | undefined, key: AccessKey): void {
    if (flags.output === 'json') terminal.print(JSON.stringify(key));
    else if (flags.output === 'yaml') terminal.print(`---\n${formatted(key, 'yaml')}`);
    else {
      const line = table(keyHeader(columns), [keyRow(key, columns, terminal)])[1] ?? '';
      terminal.print(after === undefined ? `${line}   (revoked)` : line);
    }
  }
}

function nothingFound(namespace: string | undefined, store: StoreRef | undefined): string {
  const where = namespace === undefined ? 'in any namespace' : `in namespace ${namespace}`;
  const of = store === undefined ? '' : ` of ${storeNameOf(store)}`;
  return `no access keys${of} ${where}; make one with kubectl accesskey create, or look elsewhere with -n or -A`;
}
