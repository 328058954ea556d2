import { table, wrapped } from '../markdown.ts';
import { type Run, shown } from './run.ts';

/** The figures that the section compares, with what its table calls them. */
const ROWS = [
  ['store alone', 'list-users: answer', 'store: answer to `list-users`, KiB'],
  ['store alone', 'list-users: CPU', 'store: CPU for it, s'],
  ['store alone', 'info-canned-policy: CPU', 'store: CPU to read a policy, ms'],
  ['store alone', 'user-info: CPU', 'store: CPU to read a user, ms'],
  ['store alone', 'add-user: CPU', 'store: CPU to make a user, ms'],
  ['store alone', 'remove-user: CPU', 'store: CPU to remove a user, ms'],
  ['store alone', 'resident memory', 'store: resident memory, MiB'],
  ['store alone', 'a start: list-users: time', 'store: from its start until `list-users` answers, s'],
  ['start', 'CPU until quiet', 'operator: CPU of a start, s'],
  ['start', 'peak of resident memory', 'operator: peak of resident memory, MiB'],
  ['start', 'longest hold-up of the event loop', 'operator: longest hold-up of the event loop, ms'],
  ['rest', 'CPU of a core', 'operator: CPU at rest, % of a core'],
  ['rest', 'resident memory', 'operator: resident memory at rest, MiB'],
  ['sweep', 'CPU of one', 'operator: CPU of a sweep, s'],
  ['fail-over', 'until the other one leads, after a clean stop', 'operator: until the other one leads, s'],
  ['fail-over', 'CPU until quiet', 'operator: CPU of a fail-over, s'],
  ['new keys beside', "operator's CPU", 'operator: CPU for a new key, ms'],
  ['new keys beside', "store's CPU", 'store: CPU for a new key, ms'],
] as const;

/** Returns the section that compares figures by the number of keys; nothing if the run lacks the store's. */
export function manyKeys(run: Run): string {
  const sizes = run.figures.flatMap(({ part }) => /^store alone, (\d+) users$/.exec(part)?.[1] ?? []);
  const columns = [...new Set(sizes)].sort((a, b) => Number(a) - Number(b));
  if (columns.length === 0) return '';
  const rows = ROWS.map(([part, name, title]) => [
    title,
    ...columns.map((size) =>
      cell(run, `${part}, ${size} ${part === 'store alone' ? 'users' : 'keys'}`, name),
    ),
  ]);
  const header = ['', ...columns.map((size) => `${Number(size).toLocaleString('en-US')} keys`)];
  return `\n## By the number of keys\n\n${wrapped(INTRODUCTION)}\n\n${table(header, rows)}\n`;
}

const INTRODUCTION =
  "A store has its own costs for many users, measured before any operator runs. A MinIO that has just started answers small requests at once, and `list-users` only when it has loaded all users. Until then, the operator's sweep waits, and gives up after a minute and tries again. An operator that has started meanwhile calls the store not ready.";

function cell({ figures }: Run, part: string, name: string): string {
  const found = figures.find((figure) => figure.part === part && figure.name === name);
  return found ? shown(found.spread.median) : '';
}
