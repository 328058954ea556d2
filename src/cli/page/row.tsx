import { useMemo } from 'preact/hooks';
import { ago, duration } from '../print/time.ts';
import type { KeyRow } from '../ui/protocol.ts';
import { Status } from './status.tsx';

interface Props {
  readonly onOpen: (row: KeyRow) => void;
  readonly showNamespace: boolean;
  readonly now: number;
  readonly row: KeyRow;
  readonly index: number;
}

/** One key of the list. While the list scrolls, a row that hasn't changed is the same element again. */
export function Row({ row, index, onOpen, showNamespace, now }: Props) {
  return useMemo(
    () => <Cells {...{ row, index, onOpen, showNamespace, now }} />,
    [row, index, onOpen, showNamespace, now],
  );
}

function Cells({ row, index, onOpen, showNamespace, now }: Props) {
  const open = () => onOpen(row);
  return (
    // The button does the same for the keyboard.
    <tr aria-rowindex={index + 2} onClick={() => getSelection()?.type !== 'Range' && open()}>
      <th scope="row" class="column-label">
        <button
          type="button"
          class="link"
          onClick={(event) => {
            event.stopPropagation();
            open();
          }}
        >
          {row.label}
        </button>
        <small>
          {showNamespace ? `${row.namespace}/${row.name}` : row.name}
          {row.owner && <span class="badge">{row.owner.tool}</span>}
        </small>
      </th>
      <td class="column-accessKeyId mono">{row.accessKeyId || '–'}</td>
      <TwoLines class="column-access" lines={row.access.split(': ')} />
      <TwoLines class="column-store" lines={row.store.split('/').reverse()} />
      <td class="column-status">
        <Status row={row} />
        {row.standing !== 'works' && (
          <small title={row.why}>
            {row.disabled ? row.why : [row.reason, row.why].filter(Boolean).join(': ')}
          </small>
        )}
      </td>
      <td class="column-age" title={row.createdAt}>
        {ago(row.createdAt, now)}
      </td>
      <Time class="column-rotation" time={row.nextRotationAt} now={now} />
      <Time class="column-expiry" time={row.expiresAt} now={now} />
    </tr>
  );
}

/** The first line says it in short, the second one more. */
function TwoLines({ class: name, lines }: { readonly class: string; readonly lines: readonly string[] }) {
  const [first, ...more] = lines;
  return (
    <td class={name} title={lines.join(', ')}>
      {first || '–'}
      {more.length > 0 && <small>{more.join(': ')}</small>}
    </td>
  );
}

/** Beyond this a day says more than a distance. */
const FAR_MS = 100 * 86_400_000;

function Time({
  class: name,
  time,
  now,
}: {
  readonly class: string;
  readonly time: string;
  readonly now: number;
}) {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return <td class={name}>–</td>;
  return (
    <td class={name} title={time}>
      {Math.abs(at - now) > FAR_MS ? time.slice(0, 10) : distance(at - now)}
    </td>
  );
}

function distance(ms: number): string {
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}
