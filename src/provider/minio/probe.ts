import { StoreError } from '../errors.ts';
import type { Pair, ProbeResult } from '../provider.ts';
import { parseObject, parseUser } from './answers.ts';
import type { AdminClient } from './client.ts';
import { userInfoCall } from './users.ts';

/**
 * Reads a pair's own user, signed with that pair. It is the server's only proof of a secret, and needs no
 * permission on any bucket. Throws a `StoreError` for an answer that proves nothing.
 */
export async function probePair(
  client: AdminClient,
  pair: Pair,
  signal: AbortSignal | undefined,
): Promise<ProbeResult> {
  const { accessKeyId } = pair;
  const call = userInfoCall(accessKeyId, `prove the pair of user ${accessKeyId}`, signal);
  try {
    const signed = { ...call, signer: client.signerFor(pair) };
    const user = await client.read(signed, (body) => parseUser(accessKeyId, parseObject(body)));
    return { kind: 'works', user };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'SignatureDoesNotMatch') return { kind: 'wrongSecret' };
    if (error.code === 'InvalidAccessKeyId') return { kind: 'unknown' };
    // The server checks the signature first. For the root user it says that there is no such user.
    if (error.code === 'AccessDenied' || error.kind === 'absent') return { kind: 'unproven' };
    throw error;
  }
}
