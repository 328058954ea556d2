/** The list as messages of the server make it. Pure. */
import type { KeyRow, ListMessage } from '../ui/protocol.ts';

/** The list, and whether it is live. */
export interface KeyList {
  readonly rows: ReadonlyMap<string, KeyRow>;
  /** True once every key that was there is in `rows`. */
  readonly synced: boolean;
  /** The reason why changes may be missing; '' while they come. */
  readonly trouble: string;
  /** True if the command behind the page doesn't answer. */
  readonly lost: boolean;
}

/** The list before the first message. */
export const EMPTY: KeyList = { rows: new Map(), synced: false, trouble: '', lost: false };
/** Returns the list after a message. A message of changes says that they come again. */
export function afterMessage(list: KeyList, message: ListMessage): KeyList {
  if (message.type === 'trouble') return { ...list, trouble: message.sentence };
  if (message.type === 'synced') return { ...list, synced: true, trouble: '' };
  const rows = new Map(list.rows);
  if (message.type === 'gone') for (const uid of message.uids) rows.delete(uid);
  else for (const row of message.rows) rows.set(row.uid, row);
  return { ...list, rows, trouble: '', lost: false };
}
