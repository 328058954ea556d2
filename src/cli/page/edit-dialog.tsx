import { useState } from 'preact/hooks';
import type { ChangeAnswer, ChangeForm, KeyDetail, StoreView } from '../ui/protocol.ts';
import { AccessForm } from './access-form.tsx';
import { keyPath } from './call.ts';
import { Dialog } from './dialog.tsx';
import { accessOf, fieldsOf } from './entry-fields.ts';
import { TextField } from './fields.tsx';
import { FailureNote, OwnerNote, Yaml, YamlToggle } from './notes.tsx';
import { ProgressView } from './progress.tsx';
import { useChange } from './use-change.ts';
import { useLoad } from './use-load.ts';
import { usePreview } from './use-preview.ts';
import { useProgress } from './use-progress.ts';

/** Edits label and permissions: the pair stays. */
export function EditDialog({
  detail,
  onClose,
}: {
  readonly detail: KeyDetail;
  readonly onClose: () => void;
}) {
  // What the key was when the dialog was opened: a change of it meanwhile is a conflict that the server finds.
  const [{ row, generation, entries, unrestricted, storeRef }] = useState(detail);
  const [label, setLabel] = useState(row.label);
  const [access, setAccess] = useState(() => fieldsOf(unrestricted, entries));
  const [asYaml, setAsYaml] = useState(false);
  const stores = useLoad<readonly StoreView[]>(`/api/stores?namespace=${encodeURIComponent(row.namespace)}`);
  const offer = (stores.value ?? []).find(
    ({ ref }) => ref.kind === storeRef.kind && ref.name === storeRef.name,
  )?.offer;
  const changes: ChangeForm[] = [
    ...(label === row.label ? [] : [{ kind: 'label', label } as const]),
    { kind: 'permissions', access: accessOf(access, entries) },
  ];
  const { preview, failure: unasked } = usePreview<ChangeAnswer>(keyPath(row, '/change'), {
    ...{ uid: row.uid, generation, changes, dryRun: true },
  });
  const changing = useChange({ ...row, generation });
  const progress = useProgress(row, changing.written ? (row.disabled ? 'disabled' : 'inForce') : undefined);
  const findings = preview?.findings ?? [];
  const others = findings.filter(({ field }) => !/^spec(\.label|\.limited|\.bucketAccess.*)?$/.test(field));

  if (changing.written)
    return (
      <Dialog
        title={`Edit ${row.label}`}
        onClose={onClose}
        buttons={
          <button type="button" class="primary" onClick={onClose}>
            Done
          </button>
        }
      >
        <ProgressView progress={progress} reached="The change is in force. The pair is the same." />
      </Dialog>
    );
  return (
    <Dialog
      title={`Edit ${row.label}`}
      wide
      onClose={onClose}
      onSubmit={() => void changing.send(changes)}
      buttons={
        <>
          <YamlToggle asYaml={asYaml} onChange={setAsYaml} />
          <button type="button" class="secondary" onClick={onClose}>
            {row.owner ? 'Close' : 'Cancel'}
          </button>
          {!row.owner && (
            <button type="submit" class="primary" disabled={changing.sending || preview?.nothing === true}>
              {changing.sending ? 'Saving …' : 'Save'}
            </button>
          )}
        </>
      }
    >
      {row.owner && <OwnerNote owner={row.owner} name={`${row.namespace}/${row.name}`} />}
      {!asYaml && (
        <>
          <TextField
            label="Label"
            value={label}
            onInput={setLabel}
            hint="What people call the key"
            fault={findings.find(({ field }) => field === 'spec.label')?.sentence}
          />
          <AccessForm
            fields={access}
            onChange={setAccess}
            findings={findings}
            most={preview?.most ?? {}}
            offer={offer}
          />
        </>
      )}
      {(asYaml || (row.owner && preview?.nothing === false)) && (
        <>
          <h3>The change as a patch for Git</h3>
          <Yaml text={preview?.yaml ?? ''} what="patch" />
        </>
      )}
      {others.map(({ sentence }) => (
        <FailureNote key={sentence} failure={{ cause: sentence }} />
      ))}
      <FailureNote failure={unasked ?? changing.failure} />
    </Dialog>
  );
}
