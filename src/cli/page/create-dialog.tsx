import { useState } from 'preact/hooks';
import type { Failure, Preview, Session, StoreView } from '../ui/protocol.ts';
import { AccessForm } from './access-form.tsx';
import { call, failureOf } from './call.ts';
import { Created } from './created.tsx';
import { Dialog } from './dialog.tsx';
import { SelectField, TextField } from './fields.tsx';
import { emptyFields, formOf, type NewKeyFields, storeText } from './new-key-fields.ts';
import { FailureNote, sentence, Yaml, YamlToggle } from './notes.tsx';
import { useLoad } from './use-load.ts';
import { usePreview } from './use-preview.ts';
import { useRights } from './use-rights.ts';

interface Props {
  readonly session: Session;
  readonly namespace: string;
  readonly onClose: () => void;
}

/** In the place of a refusal whose sentences stand at their fields already. */
const MARKED: Failure = {
  cause: 'The API server refuses this key',
  remedy: 'Correct what is marked above',
};

const ROTATIONS = [
  ['', 'Never'],
  ['168h', 'Every 7 days'],
  ['720h', 'Every 30 days'],
  ['2160h', 'Every 90 days'],
] as const;

/** Creates a key: what it is called, where, and what it may do. */
export function CreateDialog({ session, namespace, onClose }: Props) {
  const [fields, setFields] = useState(() => emptyFields(namespace));
  const [asYaml, setAsYaml] = useState(false);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [created, setCreated] = useState<{ readonly namespace: string; readonly name: string }>();
  const set = (change: Partial<NewKeyFields>) => setFields((before) => ({ ...before, ...change }));
  const stores = useLoad<readonly StoreView[]>(
    fields.namespace === '' ? undefined : `/api/stores?namespace=${encodeURIComponent(fields.namespace)}`,
  );
  const rights = useRights(fields.namespace);
  const store = (stores.value ?? []).find((one) => storeText(one) === fields.store) ?? stores.value?.[0];
  const form = formOf(fields, store);
  const { preview, failure: unasked } = usePreview<Preview>(
    fields.namespace === '' ? undefined : '/api/preview',
    form,
  );
  const findings = form.name === '' ? [] : (preview?.findings ?? []);
  const at = (field: string) => findings.find((one) => one.field === field)?.sentence;
  const known =
    /^(metadata\.name|spec\.label|spec\.expiresAt|spec\.rotation.*|spec|spec\.limited|spec\.bucketAccess.*)$/;
  const others = findings.filter(({ field }) => !known.test(field));

  async function create(): Promise<void> {
    setSending(true);
    setFailure(undefined);
    try {
      await call('/api/keys', { method: 'POST', body: form });
      setCreated({ namespace: form.namespace, name: form.name });
    } catch (error) {
      setFailure(findings.length > 0 ? MARKED : failureOf(error));
    } finally {
      setSending(false);
    }
  }

  if (created) return <Created at={created} label={fields.label} onClose={onClose} />;
  return (
    <Dialog
      title="Create access key"
      wide
      onClose={onClose}
      onSubmit={() => void create()}
      buttons={
        <>
          <YamlToggle asYaml={asYaml} onChange={setAsYaml} />
          <button type="button" class="secondary" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={form.name === '' || sending || !rights.create}>
            {sending ? 'Creating …' : 'Create'}
          </button>
        </>
      }
    >
      {asYaml ? (
        <>
          <p>The same key for Git: commit this, or apply it with kubectl.</p>
          <Yaml text={preview?.yaml ?? ''} />
        </>
      ) : (
        <>
          <div class="pairs">
            <TextField
              label="Label"
              value={fields.label}
              onInput={(label) => set({ label })}
              hint="What people call the key"
              fault={at('spec.label')}
              autoFocus
            />
            <TextField
              label="Name"
              value={form.name}
              onInput={(name) => set({ name })}
              hint="Of the AccessKey, and of its Secret"
              fault={at('metadata.name')}
            />
            <TextField
              label="Namespace"
              value={fields.namespace}
              onInput={(text) => set({ namespace: text.trim() })}
              options={session.namespaces ?? []}
              fault={namespaceFault(fields.namespace, rights)}
            />
            <SelectField
              label="Store"
              value={store ? storeText(store) : ''}
              onChange={(text) => set({ store: text })}
              hint={store?.ready === false ? 'This store is not ready: the key will wait for it.' : undefined}
            >
              {(stores.value ?? []).map((one) => (
                <option key={storeText(one)} value={storeText(one)}>
                  {storeText(one)}
                </option>
              ))}
            </SelectField>
          </div>
          <AccessForm
            fields={fields.access}
            onChange={(access) => set({ access })}
            findings={findings}
            most={preview?.most ?? {}}
            offer={store?.offer}
          />
          <div class="pairs">
            <SelectField
              label="Replace the pair"
              value={fields.rotateEvery}
              onChange={(rotateEvery) => set({ rotateEvery })}
              hint="The old pair works on for 24 hours"
            >
              {ROTATIONS.map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </SelectField>
            <TextField
              label="Expires"
              type="date"
              value={fields.expires}
              onInput={(expires) => set({ expires })}
              hint="The key is revoked at the beginning of this day, UTC; empty for never"
              fault={at('spec.expiresAt')}
            />
          </div>
        </>
      )}
      {others.map((one) => (
        <FailureNote key={one.sentence} failure={{ cause: one.sentence }} />
      ))}
      <FailureNote failure={unasked ?? failure} />
    </Dialog>
  );
}

function namespaceFault(namespace: string, rights: ReturnType<typeof useRights>): string | undefined {
  if (namespace === '') return 'Write the namespace of the application that uses the key.';
  if (rights.known && !rights.create) return `You may not create access keys in namespace ${namespace}.`;
  return rights.failure && sentence(rights.failure.cause);
}
