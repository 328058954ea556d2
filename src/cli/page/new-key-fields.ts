/** The form of a new key as it is being filled in, and what it stands for. Pure. */
import { nameFromLabel } from '../keys/new-key.ts';
import type { NewKeyForm, StoreView } from '../ui/protocol.ts';
import { type AccessFields, accessOf, emptyEntry } from './entry-fields.ts';

/** The fields of the form. */
export interface NewKeyFields {
  readonly label: string;
  /** Undefined while it follows the label. */
  readonly name: string | undefined;
  readonly namespace: string;
  /** Undefined for the first one that is offered. */
  readonly store: string | undefined;
  readonly access: AccessFields;
  readonly rotateEvery: string;
  /** A day; '' for never. */
  readonly expires: string;
}

/** Makes the fields of a form that nobody has filled in. */
export function emptyFields(namespace: string): NewKeyFields {
  return {
    ...{ label: '', name: undefined, namespace, store: undefined, rotateEvery: '', expires: '' },
    access: { limited: true, entries: [emptyEntry()] },
  };
}

/** Returns the store as it is listed. */
export function storeText({ ref: { kind, name } }: StoreView): string {
  return `${kind}/${name}`;
}

/** Returns the form as it is sent. @param store undefined for the default one */
export function formOf(
  { label, name, namespace, access, rotateEvery, expires }: NewKeyFields,
  store: StoreView | undefined,
): NewKeyForm {
  return {
    name: name ?? nameFromLabel(label),
    namespace,
    ...(label !== '' && { label }),
    storeRef: store?.ref ?? { kind: 'ClusterObjectStore', name: 'default' },
    access: accessOf(access),
    ...(rotateEvery !== '' && { rotateEvery }),
    ...(expires !== '' && { expiresAt: `${expires}T00:00:00Z` }),
  };
}
