import type { ProviderTraits } from '../capabilities.ts';
import { documentForm } from '../documents/form.ts';
import { MAX_POLICY_BYTES, MINIO_ACTIONS } from './actions.ts';

/** The traits of MinIO. */
export const MINIO: ProviderTraits = {
  capabilities: {
    choosesPairs: true,
    restoresPairs: true,
    policies: 'Named',
    maxPolicyBytes: MAX_POLICY_BYTES,
    maxUsers: undefined,
    notSupported: [],
    listsBuckets: true,
    separatesSettings: true,
    makesSessions: true,
    tellsLastUse: false,
    creatingResets: MINIO_ACTIONS.creatingResets,
    settlesWithinMs: 0,
  },
  form: documentForm(MINIO_ACTIONS),
  userName: (_policy, accessKeyId) => accessKeyId,
};
