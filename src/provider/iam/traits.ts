import type { ProviderTraits } from '../capabilities.ts';
import { documentForm } from '../documents/form.ts';
import { IAM_ACTIONS, MAX_POLICY_BYTES } from './actions.ts';

/** The traits of a store with AWS's IAM API. The operator touches only the users on its own paths. */
export const IAM: ProviderTraits = {
  capabilities: {
    choosesPairs: false,
    importsUsers: false,
    maxPolicyBytes: MAX_POLICY_BYTES,
    creatingResets: IAM_ACTIONS.creatingResets,
  },
  form: documentForm(IAM_ACTIONS),
};
