import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { KeyRow } from '../ui/protocol.ts';
import { Row } from './row.tsx';
import { COLUMNS, type Column, type Order } from './rows.ts';
import { ROW_HEIGHT, visibleRange } from './window.ts';

interface Props {
  readonly rows: readonly KeyRow[];
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  readonly onOpen: (row: KeyRow) => void;
  readonly showNamespace: boolean;
  readonly now: number;
}

const TITLES: Readonly<Record<Column, string>> = {
  label: 'Label',
  accessKeyId: 'Key ID',
  access: 'Access',
  store: 'Store',
  status: 'Status',
  age: 'Age',
  rotation: 'Next rotation',
  expiry: 'Expires',
};

/** The list. Of many rows only those that can be seen are in the document. */
export function KeyTable({ rows, order, onOrder, onOpen, showNamespace, now }: Props) {
  const frame = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 800 });
  const [focused, setFocused] = useState<number>();
  const look = ({ scrollTop, clientHeight }: Element) =>
    setSeen((before) => {
      const after = { top: Math.floor(scrollTop / ROW_HEIGHT) * ROW_HEIGHT, height: clientHeight };
      return before.top === after.top && before.height === after.height ? before : after;
    });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => look(element));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // The row that the arrow keys lead to may be in the document only now. It has the focus before the next key comes:
  // after the paint, a key that follows fast would begin at the row before.
  useLayoutEffect(() => {
    if (focused === undefined) return;
    frame.current?.querySelector<HTMLButtonElement>(`tr[aria-rowindex="${focused + 2}"] button`)?.focus();
  }, [focused]);

  function move(event: KeyboardEvent): void {
    const at = Number((event.target as Element).closest('tr')?.getAttribute('aria-rowindex') ?? 2) - 2;
    const page = Math.max(1, Math.floor(seen.height / ROW_HEIGHT) - 1);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    const element = frame.current;
    if (to === undefined || !element) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(to, rows.length - 1));
    const [above, below] = [target * ROW_HEIGHT, (target + 2) * ROW_HEIGHT - seen.height];
    if (element.scrollTop > above) element.scrollTop = above;
    else if (element.scrollTop < below) element.scrollTop = below;
    look(element);
    setFocused(target);
  }

  const { from, to } = visibleRange(rows.length, seen.top, seen.height);
  return (
    <section
      class="frame"
      ref={frame}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
      tabIndex={0}
      aria-label="List of access keys"
      onScroll={({ currentTarget }) => look(currentTarget)}
    >
      <table class="keys" aria-rowcount={rows.length + 1}>
        <caption class="hidden">Access keys. Arrow keys move among the rows.</caption>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <Heading key={column} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={move} onFocusOut={() => setFocused(undefined)}>
          <Space rows={from} />
          {rows.slice(from, to).map((row, index) => (
            <Row key={row.uid} index={from + index} {...{ row, onOpen, showNamespace, now }} />
          ))}
          <Space rows={rows.length - to} />
        </tbody>
      </table>
    </section>
  );
}

function Heading({ column, order, onOrder }: { readonly column: Column } & Pick<Props, 'order' | 'onOrder'>) {
  const isSorted = order.column === column;
  const sort = isSorted ? (order.descending ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" class={`column-${column}`} aria-sort={sort}>
      <button type="button" onClick={() => onOrder({ column, descending: isSorted && !order.descending })}>
        {TITLES[column]}
        <span aria-hidden="true" class="arrow">
          {isSorted ? (order.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

/** Holds the place of rows that are not in the document. */
function Space({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr aria-hidden="true" class="space">
      <td colSpan={COLUMNS.length} style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tr>
  );
}
