import type { ProviderTraits } from '../capabilities.ts';
import { documentForm } from '../documents/form.ts';
import { IAM_ACTIONS } from './actions.ts';
import { capabilitiesOf } from './dialect.ts';
import { pathOf } from './paths.ts';

/**
 * The traits of a store with AWS's IAM API, before it has shown which server it is. The operator touches only
 * the users on its own paths.
 */
export const IAM: ProviderTraits = {
  capabilities: capabilitiesOf(undefined),
  form: documentForm(IAM_ACTIONS),
  userName: (policy, accessKeyId, path) => `${pathOf(path, policy)}${accessKeyId}`,
};
