import { useState } from 'preact/hooks';
import type { ChangeAnswer, ChangeForm, Failure } from '../ui/protocol.ts';
import { call, failureOf, keyPath } from './call.ts';

/** A change that is being written, or was. */
export interface Changing {
  readonly sending: boolean;
  /** True once the change is written: what remains is to wait until it is in force. */
  readonly written: boolean;
  readonly failure?: Failure | undefined;
  readonly send: (changes: readonly ChangeForm[]) => Promise<void>;
}

/** Writes changes of the key that the user has open. */
export function useChange(at: {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation?: number;
}): Changing {
  const [state, setState] = useState<Omit<Changing, 'send'>>({ sending: false, written: false });
  return {
    ...state,
    async send(changes) {
      setState({ sending: true, written: false });
      try {
        const { uid, generation } = at;
        const body = { uid, generation, changes, dryRun: false };
        const { findings, written, nothing } = await call<ChangeAnswer>(keyPath(at, '/change'), {
          method: 'POST',
          body,
        });
        const failure =
          findings.length > 0 ? { cause: findings.map(({ sentence }) => sentence).join('; ') } : undefined;
        setState({ sending: false, written: written || nothing, failure });
      } catch (error) {
        setState({ sending: false, written: false, failure: failureOf(error) });
      }
    },
  };
}
