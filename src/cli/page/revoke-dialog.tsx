import { useState } from 'preact/hooks';
import type { Failure, KeyRow, RevocationView } from '../ui/protocol.ts';
import { call, failureOf, keyPath } from './call.ts';
import { Dialog } from './dialog.tsx';
import { TextField } from './fields.tsx';
import { FailureNote, Note, sentence } from './notes.tsx';
import { ProgressView } from './progress.tsx';
import { useLoad } from './use-load.ts';
import { useProgress } from './use-progress.ts';

interface Props {
  readonly at: Pick<KeyRow, 'namespace' | 'name' | 'uid'>;
  readonly onClose: () => void;
}

/** Says what stops, asks for the label, and revokes the key. */
export function RevokeDialog({ at, onClose }: Props) {
  const { value: view, failure } = useLoad<RevocationView>(keyPath(at, '/revocation'));
  const [typed, setTyped] = useState('');
  const [sent, setSent] = useState<'no' | 'sending' | 'yes'>('no');
  const [refused, setRefused] = useState<Failure>();
  const progress = useProgress(at, sent === 'yes' ? 'revoked' : undefined);
  const [label, setLabel] = useState('');
  if (view && label === '') setLabel(view.label);
  const isSame = view !== undefined && view.uid === at.uid;
  const mayRevoke = isSame && !view.owner && !view.refusal;

  async function revoke(): Promise<void> {
    if (!mayRevoke || typed !== view.label) return;
    setSent('sending');
    setRefused(undefined);
    try {
      await call(keyPath(at), { method: 'DELETE', body: { uid: at.uid, label: typed } });
      setSent('yes');
    } catch (error) {
      setRefused(failureOf(error));
      setSent('no');
    }
  }

  if (sent === 'yes')
    return (
      <Dialog
        title={`Revoke ${label}`}
        onClose={onClose}
        buttons={
          <button type="button" class="primary" onClick={onClose}>
            Done
          </button>
        }
      >
        <ProgressView progress={progress} reached="The key is revoked, and the store has confirmed it." />
      </Dialog>
    );
  return (
    <Dialog
      title={`Revoke ${label || at.name}`}
      onClose={onClose}
      onSubmit={() => void revoke()}
      buttons={
        <>
          <button type="button" class="secondary" onClick={onClose}>
            Cancel
          </button>
          {mayRevoke && (
            <button type="submit" class="danger" disabled={typed !== view.label || sent === 'sending'}>
              Revoke
            </button>
          )}
        </>
      }
    >
      {view && (
        <ul class="stops">
          {view.stops.map((line) => (
            <li key={line}>{sentence(line)}</li>
          ))}
        </ul>
      )}
      {view?.owner && (
        <Note kind="info">
          <p>
            <strong>{view.owner.tool}</strong> ({view.owner.source}) manages this key, and would make it anew.
            To revoke it, remove its manifest from Git.
          </p>
        </Note>
      )}
      <FailureNote failure={view?.refusal} />
      {mayRevoke && (
        <TextField
          label={`Type the label to confirm: ${view.label}`}
          value={typed}
          onInput={setTyped}
          autoFocus
        />
      )}
      {view && !isSame && <FailureNote failure={{ cause: 'This is another key of the same name' }} />}
      <FailureNote failure={refused ?? failure} />
    </Dialog>
  );
}
