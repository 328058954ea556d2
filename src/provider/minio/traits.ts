import type { ProviderTraits } from '../capabilities.ts';
import { MINIO_ACTIONS } from './actions.ts';

/** The traits of MinIO. */
export const MINIO: ProviderTraits = {
  capabilities: { choosesPairs: true, importsUsers: true },
  actions: MINIO_ACTIONS,
};
