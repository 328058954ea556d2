import { useState } from 'preact/hooks';
import type { KeyDetail, KeyRow } from '../ui/protocol.ts';
import { keyPath } from './call.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { Dialog } from './dialog.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { KeySections } from './key-sections.tsx';
import { FailureNote, Note, OwnerNote } from './notes.tsx';
import { PairOnDemand } from './pair.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';
import { Status } from './status.tsx';
import { useLoad } from './use-load.ts';
import { useRights } from './use-rights.ts';

interface Props {
  readonly at: Pick<KeyRow, 'namespace' | 'name' | 'uid'>;
  /** As the list has it; undefined if the key is gone. */
  readonly row: KeyRow | undefined;
  readonly now: number;
  readonly onClose: () => void;
}

type Open = 'rotate' | 'disable' | 'enable' | 'revoke' | 'pair';

/** Everything about one key, and what can be done with it. */
export function KeyPanel({ at, row, now, onClose }: Props) {
  // The list learns of each change, and the panel then loads the key again.
  const { value: detail, failure } = useLoad<KeyDetail>(row && keyPath(at), row);
  const rights = useRights(at.namespace);
  const [open, setOpen] = useState<Open>();
  // What the key was when somebody began to edit it: the form stays when the key changes or goes.
  const [edited, setEdited] = useState<KeyDetail>();
  const close = () => {
    setOpen(undefined);
    setEdited(undefined);
  };
  const title = row?.label ?? detail?.row.label ?? at.name;
  const isLive = row !== undefined && !row.deleting;
  const action = (name: Open, text: string, kind = 'secondary') => (
    <button type="button" class={kind} onClick={() => setOpen(name)}>
      {text}
    </button>
  );
  return (
    <>
      <Dialog title={title} kind="panel" onClose={onClose}>
        <p class="subtitle">
          {at.namespace}/{at.name} {row && <Status row={row} />}
        </p>
        {row === undefined && (
          <Note kind="info">
            <p>This key is revoked, and its object is gone.</p>
          </Note>
        )}
        {row?.owner && <OwnerNote owner={row.owner} name={`${at.namespace}/${at.name}`} />}
        {row?.why && (
          <Note kind={row.standing === 'stalled' ? 'error' : 'warning'}>
            <p>
              <strong>{row.reason || 'Waiting'}.</strong> {row.why}
            </p>
          </Note>
        )}
        {isLive && (
          <div class="actions">
            {rights.change && detail && (
              <button type="button" class="secondary" onClick={() => setEdited(detail)}>
                Edit
              </button>
            )}
            {rights.pairs && row.accessKeyId !== '' && action('pair', 'Show pair')}
            {rights.change && action('rotate', 'Rotate')}
            {rights.change && (row.disabled ? action('enable', 'Enable') : action('disable', 'Disable'))}
            {rights.revoke && action('revoke', 'Revoke', 'danger')}
          </div>
        )}
        <FailureNote failure={failure} />
        {detail && <KeySections detail={detail} now={now} />}
      </Dialog>
      {edited && <EditDialog detail={edited} onClose={close} />}
      {open === 'pair' && (
        <Dialog title={`Pair of ${title}`} wide onClose={close}>
          <PairOnDemand at={at} />
        </Dialog>
      )}
      {(open === 'rotate' || open === 'disable' || open === 'enable') && (
        <ChangeDialog kind={open} at={at} label={title} onClose={close} />
      )}
      {open === 'revoke' && <RevokeDialog at={at} onClose={close} />}
    </>
  );
}
