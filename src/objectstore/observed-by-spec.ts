import type { ObservedStore } from '../accesskey/context/stores.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import { DEFAULT_IAM_PATH } from '../api/names.ts';
import type { ProviderTraits } from '../provider/capabilities.ts';
import { ordinaryRights } from './every-key-may.ts';
import { type StoreObject, titleOf } from './store-kinds.ts';

/**
 * Returns what a store's spec says to the plans of its keys.
 * @param endpoint where the operator issues pairs: the earlier one, until somebody accepts a new one
 * @param ca the CA certificates of the last read
 * @param provider what its provider can do
 */
export function observedBySpec(
  store: StoreObject,
  endpoint: string,
  ca: string | undefined,
  { form, capabilities, userName }: ProviderTraits,
): ObservedStore {
  const { provider, acceptNewEndpoint, publicEndpoint, region, everyKeyMay, extraActions, iam } = store.spec;
  return {
    title: titleOf(store),
    provider,
    endpoint,
    publicEndpoint: publicEndpoint ?? endpoint,
    region,
    ca,
    form,
    capabilities,
    userName: (policy, id) => userName(policy, id, iam?.path ?? DEFAULT_IAM_PATH),
    extraActions: [...(extraActions?.read_only ?? []), ...(extraActions?.read_write ?? [])].sort(),
    everyKeyMay: ordinaryRights(everyKeyMay, capabilities),
    acceptsNewEndpoint: acceptNewEndpoint !== undefined && isSameEndpoint(acceptNewEndpoint, endpoint),
  };
}
