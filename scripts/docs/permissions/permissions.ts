/** docs/permissions.md, from the table of operations that the tests try and from the actions that are granted. */
import type { GuideAction } from '../../../src/provider/documents/actions.ts';
import { MINIO_ACTIONS } from '../../../src/provider/minio/actions.ts';
import { code, listed, table } from '../markdown.ts';
import { type Audience, isAllowed, type Level } from './levels.ts';
import { OPERATION_GROUPS, OPERATIONS, type Operation, OTHER_STORES, outcomeOn } from './operations.ts';
import { permissionsPage } from './page.ts';

const COLUMNS: readonly (readonly [title: string, level: Level])[] = [
  ['`none`', 'none'],
  ['`read_only`', 'readOnly'],
  ['`read_write`', 'readWrite'],
  ['without deletion', 'appendOnly'],
  ['unrestricted', 'unrestricted'],
];

/** Returns the page on what each level of access may do. */
export function renderPermissions(): string {
  return permissionsPage({
    operations: OPERATION_GROUPS.map(
      ({ title, operations }) => `### ${title}\n\n${operationTable(operations)}`,
    ).join('\n\n'),
    readOnlyActions: actionTable('read_only'),
    readWriteActions: actionTable('read_write'),
    everyKey: operationNames((may) => may('unnamed')),
    settings: operationNames((may) => may('readWrite') && !may('readWriteNoSettings')),
    readsBelowPrefix: operationNames((may) => may('readOnlyInside') && !may('readOnlyOutside')),
    writesBelowPrefix: operationNames((may) => may('readWriteInside') && !may('readOnlyInside')),
    anywhereWithPrefix: operationNames((may) => may('readOnlyOutside') && !may('unnamed')),
    lostWithPrefix: operationNames((may) => may('readWrite') && !may('readWriteInside')),
    withoutDeletion: operationNames((may) => may('readWrite') && !may('appendOnly')),
    denied: listed(MINIO_ACTIONS.denied),
    deniedObjects: listed(MINIO_ACTIONS.deniedObjects),
    wiping: listed([...MINIO_ACTIONS.wiping, ...MINIO_ACTIONS.createBuckets]),
    extraActions: table(
      ['Action', 'Added to', 'Applies to'],
      MINIO_ACTIONS.extra.map(({ name, permission, target }) => [
        code(name),
        permission === 'read_only' ? '`read_only` and `read_write`' : '`read_write`',
        target === 'bucket' ? 'the bucket' : 'its objects',
      ]),
    ),
  });
}

function operationTable(operations: readonly Operation[]): string {
  const head = ['Operation', 'Action', ...COLUMNS.map(([title]) => title), 'Note', ...OTHER_STORES];
  const rows = operations.map((operation) => {
    const { name, action, audience, answer, note } = operation;
    const [call = '', ...rest] = name.split(', ');
    return [
      [code(call), ...rest].join(', '),
      action === undefined ? 'none' : code(action),
      ...COLUMNS.map(([, level]) => (isAllowed(level, audience) ? 'yes' : '–')),
      [answer === undefined ? undefined : code(answer), note].filter((part) => part !== undefined).join('; '),
      ...OTHER_STORES.map((store) => elsewhere(store, operation)),
    ];
  });
  return table(head, rows);
}

/** Returns in which way the operation ends differently there than on MinIO. */
function elsewhere(store: string, operation: Operation): string {
  const { audience, answer } = outcomeOn(store, operation);
  const [here, there] = [whoOf(operation.audience), whoOf(audience)];
  const who = here !== there ? there : audience === operation.audience ? undefined : 'below a prefix too';
  const what = answer === operation.answer ? undefined : answer === undefined ? 'succeeds' : code(answer);
  return [who, what].filter((part) => part !== undefined).join(': ') || 'same';
}

/** Returns for which of the table's columns an operation is, in words. */
function whoOf(audience: Audience): string {
  const levels = COLUMNS.filter(([, level]) => isAllowed(level, audience)).map(([title]) => title);
  return levels.length === COLUMNS.length ? 'every key' : levels.join(', ');
}

function actionTable(permission: GuideAction['permission']): string {
  const rows = MINIO_ACTIONS.guide
    .filter((action) => action.permission === permission)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((action) => [code(action.name), ...granted(action)]);
  return table(['Action', 'Granted as', 'Why'], rows);
}

function granted(action: GuideAction): [as: string, why: string] {
  if (action.fate === 'kept') return [code(`s3:${action.name}`), ''];
  return [action.fate === 'renamed' ? code(`s3:${action.action}`) : 'left out', action.reason];
}

/** Returns the names of the operations that differ in this way between levels, in the table's order, each once. */
function operationNames(select: (may: (level: Level) => boolean) => boolean): string {
  const names = OPERATIONS.filter(({ audience }) => select((level) => isAllowed(level, audience))).map(
    ({ name }) => name.split(', ')[0] ?? '',
  );
  return listed([...new Set(names)]);
}
