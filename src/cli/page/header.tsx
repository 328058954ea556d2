import type { Session } from '../ui/protocol.ts';
import { KeyIcon } from './icons.tsx';

interface Props {
  readonly session: Session | undefined;
  /** Whether changes of the cluster come in. */
  readonly state: 'none' | 'live' | 'waiting' | 'lost';
}

const WORDS = { none: '', live: 'Live', waiting: 'Connecting', lost: 'Not connected' } as const;

export function Header({ session, state }: Props) {
  return (
    <header class="top">
      <span class="brand">
        <KeyIcon /> Access keys
      </span>
      {session && (
        <span class="cluster">
          {session.context && <strong>{session.context}</strong>} {session.cluster}
        </span>
      )}
      {state !== 'none' && (
        <span class={`connection ${state}`} role="status">
          {WORDS[state]}
        </span>
      )}
    </header>
  );
}
