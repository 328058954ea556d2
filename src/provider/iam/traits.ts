import type { ProviderTraits } from '../capabilities.ts';
import { IAM_ACTIONS } from './actions.ts';

/** The traits of a store with AWS's IAM API. The operator touches only the users on its own paths. */
export const IAM: ProviderTraits = {
  capabilities: { choosesPairs: false, importsUsers: false },
  actions: IAM_ACTIONS,
};
