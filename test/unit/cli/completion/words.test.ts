import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { expectedAt } from '../../../../src/cli/completion/words.ts';

function program(): Command {
  const root = new Command('accesskey');
  root
    .command('list')
    .option('-n, --namespace <name>')
    .addOption(new Option('--sort-by <column>').choices(['name', 'age']));
  root.command('show').argument('<name>').option('-n, --namespace <name>').option('--store <name>');
  root.command('check').option('-f, --filename <path>').option('--store <path>');
  root.command('exec').argument('<name>').argument('<command...>');
  root.command('permissions').command('set').argument('<name>').argument('[entries...]');
  root.command('hidden', { hidden: true });
  return root;
}
const at = (...words: string[]) => {
  const { known, names, file, cluster } = expectedAt(program(), words);
  return { words: known.map(({ word }) => word), names, file, namespace: cluster.namespace };
};

test.each([[['']], [['permissions', '']], [['list', '-']], [['list', '--sort-by', '']]] as const)(
  '%j is one of the words that are known',
  (words) => {
    expect(at(...words)).toMatchObject({ names: undefined, file: false });
    expect(at(...words).words.length).toBeGreaterThan(0);
    expect(at(...words).words).not.toContain('hidden');
  },
);

test.each([
  [['show', ''], 'name', false],
  [['show', 'photos', ''], undefined, false],
  [['show', '-n', ''], 'namespace', false],
  [['show', '--store', ''], 'store', false],
  [['permissions', 'set', 'photos', ''], 'entry', false],
  [['permissions', 'set', 'photos', 'a=none', ''], 'entry', false],
  [['check', '--store', ''], undefined, true],
  [['exec', 'photos', '--', ''], undefined, true],
] as const)('%j is a name of the cluster, or a file', (words, names, file) => {
  expect(at(...words)).toMatchObject({ names, file });
});

test('the namespace that is typed is the one whose names are offered', () => {
  expect(at('show', '-n', 'shop', '').namespace).toBe('shop');
  expect(at('show', '--namespace=shop', '').namespace).toBe('shop');
  expect(at('show', '--namespace=shop', '').names).toBe('name');
});
