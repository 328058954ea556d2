/** The CA that a store's endpoint is checked by, for a command that turns to the store itself. */
import { readFileSync } from 'node:fs';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import type { StoreObject } from '../../objectstore/store-kinds.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';

/** Reads a file of PEM. @throws CliError if it can't be read */
export function readCaFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(EXIT.failed, `${path} can't be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/**
 * Returns the CA that a store's spec names, in PEM; undefined if it names none, or the user may not read
 * it: the certificates that this machine trusts count then.
 */
export async function caOf(
  { configMaps, secrets }: Kubernetes,
  { spec }: StoreObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (spec.caBundle !== undefined) return spec.caBundle;
  const { caBundleRef: ref } = spec;
  if (ref === undefined) return undefined;
  try {
    if (ref.kind === 'Secret') {
      const { data = {} } = await secrets.get(ref.name, ref.namespace, { signal });
      const value = data[ref.key];
      return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
    }
    const { data } = await configMaps.get(ref.name, ref.namespace, { signal });
    return data?.[ref.key];
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return undefined;
    throw error;
  }
}
