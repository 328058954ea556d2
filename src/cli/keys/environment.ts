import {
  AWS_ACCESS_KEY_ID,
  AWS_ENDPOINT_URL_S3,
  AWS_REGION,
  AWS_SECRET_ACCESS_KEY,
} from '../../api/names.ts';
import type { PublishedPair } from './pair.ts';

/** Returns the variables that every AWS SDK reads, as the Secret of a key has them. */
export function environmentOf({ pair, endpoint, region }: PublishedPair): Record<string, string> {
  return {
    [AWS_ACCESS_KEY_ID]: pair.accessKeyId,
    [AWS_SECRET_ACCESS_KEY]: pair.secretAccessKey,
    [AWS_ENDPOINT_URL_S3]: endpoint,
    [AWS_REGION]: region,
  };
}

/** Variables that would give an AWS SDK another pair, or add to this one what isn't its own. */
export const OTHER_CREDENTIALS = ['AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE'] as const;

/** Replaces the secret in texts that must not show it. */
const HIDDEN = 'HIDDEN';

/** Returns the pair with its secret hidden. */
export function withHiddenSecret(published: PublishedPair): PublishedPair {
  return { ...published, pair: { ...published.pair, secretAccessKey: HIDDEN } };
}
