import { hasFinalizer } from '../../api/finalizers.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Context } from './context.ts';
import { ownSecretsOf } from './own-secrets.ts';

/**
 * True if nothing shows that anything was ever made for the key. A finalizer shows it, unless an admission
 * policy put it on at the creation, and this process has led since without beginning a sync.
 */
export function isUntouched(
  ctx: Pick<Context, 'hints' | 'cluster' | 'secretCache' | 'secretsOf'>,
  key: string,
  accessKey: AccessKey,
): boolean {
  const { metadata, status } = accessKey;
  if (hasFinalizer(metadata) && !ctx.hints.isUnbegun(key, metadata.uid)) return false;
  if (ctx.hints.isFlagged(key) || status.accessKeyId !== undefined) return false;
  return ownSecretsOf(ctx, accessKey).length === 0;
}
