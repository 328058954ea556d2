import { hasFinalizer } from '../../api/finalizers.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Context } from './context.ts';
import { ownSecretsOf } from './own-secrets.ts';

/**
 * True if nothing shows that the operator ever made anything for the key. A finalizer shows it. The finalizer
 * that an admission policy adds at the creation doesn't, if this process has led since and begun no sync.
 */
export function isUntouched(
  ctx: Pick<Context, 'hints' | 'cluster' | 'secretCache' | 'secretsOf'>,
  key: string,
  accessKey: AccessKey,
): boolean {
  const { metadata, status } = accessKey;
  if (hasFinalizer(metadata) && !ctx.hints.awaitsFirstSync(key, metadata.uid)) return false;
  if (ctx.hints.isSyncRequested(key) || status.accessKeyId !== undefined) return false;
  return ownSecretsOf(ctx, accessKey).length === 0;
}
