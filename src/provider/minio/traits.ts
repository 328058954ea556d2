import type { ProviderTraits } from '../capabilities.ts';
import { documentForm } from '../documents/form.ts';
import { MAX_POLICY_BYTES, MINIO_ACTIONS } from './actions.ts';

/** The traits of MinIO. */
export const MINIO: ProviderTraits = {
  capabilities: {
    choosesPairs: true,
    importsUsers: true,
    maxPolicyBytes: MAX_POLICY_BYTES,
    creatingResets: MINIO_ACTIONS.creatingResets,
  },
  form: documentForm(MINIO_ACTIONS),
};
