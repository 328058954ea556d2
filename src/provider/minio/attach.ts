import { StoreError } from '../errors.ts';
import type { StoreUser } from '../provider.ts';
import { codeOf } from './answer-errors.ts';
import type { AdminClient } from './client.ts';

/** The answer of `attach` if the user had every policy already, and of `detach` if it had none. */
const NOTHING_TO_CHANGE = 'XMinioAdminPolicyChangeAlreadyApplied';

/**
 * Makes exactly `wanted` the policies of a user, for a server without set-user-or-group-policy. It attaches
 * what is missing, then detaches the rest. Each call costs the server 0.1 s of CPU, since it seals the answer
 * by Argon2id; the operator never opens that answer. Both calls may be repeated.
 */
export async function attachExactly(
  client: AdminClient,
  user: StoreUser,
  wanted: readonly string[],
  purpose: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const change = async (verb: 'attach' | 'detach', policies: readonly string[]): Promise<void> => {
    if (policies.length === 0) return;
    const call = {
      method: 'POST',
      path: `idp/builtin/policy/${verb}`,
      body: await client.seal({ policies, user: user.accessKeyId }),
      contentType: 'application/octet-stream',
      purpose,
      signal,
    } as const;
    const answer = await client.send(call);
    if (answer.status === 200 || codeOf(answer) === NOTHING_TO_CHANGE) return;
    throw client.failure(call, answer);
  };
  if (!user.enabled) throw new StoreError('absent', `could not ${purpose}: the user is disabled`);
  await change(
    'attach',
    wanted.filter((policy) => !user.policies.includes(policy)),
  );
  await change(
    'detach',
    user.policies.filter((policy) => !wanted.includes(policy)),
  );
}
