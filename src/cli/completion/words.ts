/** The words that may stand at the cursor, by the commands' own definitions. */
import type { Command, Option } from 'commander';

/** The kind of the word at the cursor, and the words that are known to fit. */
export interface Expected {
  /** Commands, flags or the choices of one, each with its description. */
  readonly known: readonly { readonly word: string; readonly description: string }[];
  /**
   * The kind of names in the cluster: `name`, `namespace`, `store`, `bucket`, `entry`; undefined for nothing.
   */
  readonly names: Names | undefined;
  /** True if a file may stand there. */
  readonly file: boolean;
  /** The flags before it that say which cluster and namespace. */
  readonly cluster: Readonly<Record<'namespace' | 'context' | 'kubeconfig', string | undefined>>;
}

/** A kind of names that the cluster knows. */
export type Names = 'name' | 'namespace' | 'store' | 'bucket' | 'entry';

const BY_ARGUMENT: Readonly<Record<string, Names>> = { name: 'name', bucket: 'bucket', entries: 'entry' };
const BY_OPTION: Readonly<Record<string, Names>> = {
  namespace: 'namespace',
  store: 'store',
  bucket: 'entry',
};
const FILE_OPTIONS = ['filename', 'kubeconfig', 'caFile'];

/**
 * Finds out what the word at the cursor is. @param words after the program's name, the one at the cursor last
 */
export function expectedAt(program: Command, words: readonly string[]): Expected {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const cluster: Record<string, string | undefined> = {};
  let command = program;
  let positions = 0;
  let open: Option | undefined;
  let over = false;
  for (const word of before) {
    if (open !== undefined) {
      cluster[open.attributeName()] = word;
      open = undefined;
    } else if (word === '--') over = true;
    else if (!over && word.startsWith('-')) {
      const [flag = '', value] = word.split('=', 2);
      const option = optionOf(command, flag);
      if (option?.required && value === undefined) open = option;
      else if (option && value !== undefined) cluster[option.attributeName()] = value;
    } else {
      const sub = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (sub) command = sub;
      else positions += 1;
    }
  }
  const found = (more: Partial<Expected>): Expected => ({
    ...{ known: [], names: undefined, file: false },
    cluster: {
      namespace: cluster['namespace'],
      context: cluster['context'],
      kubeconfig: cluster['kubeconfig'],
    },
    ...more,
  });
  if (over) return found({ file: true });
  if (open !== undefined) return found(valuesOf(command, open));
  if (current.startsWith('-')) return found({ known: flagsOf(command) });
  if (command.commands.length > 0) return found({ known: commandsOf(command) });
  const { registeredArguments: all } = command;
  const argument = all[positions] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (argument === undefined) return found({});
  // A new key's name isn't among those that there are.
  if (command.name() === 'create') return found({});
  return found({
    names: BY_ARGUMENT[argument.name()],
    known: (argument.argChoices ?? []).map((word) => ({ word, description: '' })),
    file: argument.name() === 'command',
  });
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ short, long }) => short === flag || long === flag);
}

function valuesOf(command: Command, option: Option): Partial<Expected> {
  const name = option.attributeName();
  if (option.argChoices) return { known: option.argChoices.map((word) => ({ word, description: '' })) };
  // check takes files with stores.
  if (FILE_OPTIONS.includes(name) || (name === 'store' && ['check', 'policy'].includes(command.name())))
    return { file: true };
  return { names: BY_OPTION[name] };
}

function flagsOf(command: Command): Expected['known'] {
  const flags = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', description }));
  return [...flags, { word: '--help', description: 'display help for command' }];
}

function commandsOf(command: Command): Expected['known'] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), description: one.summary() || one.description() }));
}
