import type { KeyRow } from '../ui/protocol.ts';

const TITLES = { works: 'Ready', onItsWay: 'Waiting', stalled: 'Not ready' } as const;

/** How a key stands, in a word or two. */
function statusTitle({ deleting, disabled, standing, reason }: KeyRow): string {
  if (deleting) return 'Being revoked';
  if (disabled && reason === 'Disabled') return 'Disabled';
  if (reason === 'Expired') return 'Expired';
  return TITLES[standing];
}

/** How a key stands; the color is no more than a help. */
export function Status({ row }: { readonly row: KeyRow }) {
  const title = statusTitle(row);
  const isOff = title === 'Disabled' || title === 'Expired' || row.deleting;
  return <span class={`status ${isOff ? 'off' : row.standing}`}>{title}</span>;
}
