/**
 * The row that `list` shows of a key: the columns of `kubectl get accesskeys`, and some more with `-o wide`.
 */
import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cell } from '../print/table.ts';
import { ago } from '../print/time.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';
import { labelOf, standingOf } from './facts.ts';
import { gitOpsOwner } from './owner.ts';

/** Options for the columns of a list of keys. */
export interface ColumnOptions {
  readonly allNamespaces: boolean;
  readonly wide: boolean;
}

/** Returns the names of the columns. */
export function keyHeader({ allNamespaces, wide }: ColumnOptions): string[] {
  return [
    ...(allNamespaces ? ['NAMESPACE'] : []),
    ...['NAME', 'LABEL', 'ACCESS', 'KEY-ID', 'READY', 'REASON', 'AGE'],
    ...(wide ? ['STORE', 'SECRET', 'EXPIRES', 'NEXT-ROTATION', 'MANAGED-BY'] : []),
  ];
}

/** Returns the cells of a key, one for each column. */
export function keyRow(
  accessKey: AccessKey,
  { allNamespaces, wide }: ColumnOptions,
  { paint, now }: Pick<Terminal, 'paint' | 'now'>,
): (string | Cell)[] {
  const { metadata, spec, status } = accessKey;
  const { status: ready = '', reason = '' } = readyOf(accessKey) ?? {};
  const color = COLORS[standingOf(accessKey)];
  const colored = (text: string): Cell => ({ text, paint: (shown) => paint(color, shown) });
  return [
    ...(allNamespaces ? [metadata.namespace] : []),
    ...[metadata.name, labelOf(accessKey), status?.access ?? '', status?.accessKeyId ?? ''],
    ...[colored(ready), colored(reason), ago(metadata.creationTimestamp, now())],
    ...(wide
      ? [
          storeNameOf(spec.storeRef),
          status?.binding?.name ?? '',
          spec.expiresAt ?? '',
          status?.nextRotationAt ?? '',
          gitOpsOwner(metadata)?.tool ?? '',
        ]
      : []),
  ];
}

const COLORS = { works: 'green', onItsWay: 'yellow', stalled: 'red' } as const;
