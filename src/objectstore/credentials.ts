import { isIdKey } from '../api/credential-keys.ts';
import { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } from '../api/names.ts';
import type { CredentialsRef } from '../api/schema/clusterobjectstore.ts';
import type { Secret } from '../kube/objects.ts';
import type { Pair } from '../provider/provider.ts';

type Keys = NonNullable<CredentialsRef['keys']>;

const ROOT_USER = 'MINIO_ROOT_USER';
const ROOT_PASSWORD = 'MINIO_ROOT_PASSWORD';

/** Returns the keys that a credentials Secret needs, for a sentence: `A and B`. */
export function keysNeeded({ keys = {} }: CredentialsRef): string {
  return keys.configEnv ?? pairKeys(keys).join(' and ');
}

/**
 * Reads the pair from the Secret that `ref` names. Returns a sentence for the store's status if it holds
 * none.
 */
export function credentialsIn(secret: Pick<Secret, 'data'>, ref: CredentialsRef): Pair | string {
  const { namespace, name, keys = {} } = ref;
  const place = `Secret ${namespace}/${name}`;
  if (keys.configEnv !== undefined)
    return fromConfigEnv(decoded(secret, keys.configEnv), keys.configEnv, place);
  const [id, secretKey] = pairKeys(keys);
  if (keys.accessKeyId !== undefined && !isIdKey(id)) {
    return 'spec.credentialsRef.keys.accessKeyId names a key that need not hold an id, and the endpoint would get its value in the clear; name one that ends in user, username, id or access key';
  }
  const accessKeyId = decoded(secret, id);
  const secretAccessKey = decoded(secret, secretKey);
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  const missing = [accessKeyId ? [] : [id], secretAccessKey ? [] : [secretKey]].flat().join(' and ');
  const remedy = keys.accessKeyId === undefined ? fittingKeys(secret) : 'correct spec.credentialsRef.keys';
  return `${place} lacks ${missing}; add what is missing, ${remedy}, or set spec.credentialsRef to a Secret that has both`;
}

function pairKeys({ accessKeyId = AWS_ACCESS_KEY_ID, secretAccessKey = AWS_SECRET_ACCESS_KEY }: Keys) {
  return [accessKeyId, secretAccessKey] as const;
}

/** Returns what to write in the store's spec, if a MinIO chart made the Secret. */
function fittingKeys({ data = {} }: Pick<Secret, 'data'>): string {
  if (data['config.env']) return 'set spec.credentialsRef.keys to {configEnv: config.env}';
  const known = [
    ['rootUser', 'rootPassword'],
    ['root-user', 'root-password'],
  ].find((names) => names.every((name) => data[name]));
  const [id, secret] = known ?? ['KEY', 'KEY'];
  return `set spec.credentialsRef.keys to {accessKeyId: ${id}, secretAccessKey: ${secret}}`;
}

function fromConfigEnv(text: string | undefined, key: string, place: string): Pair | string {
  if (!text) {
    return `${place} lacks ${key}; add it, or correct spec.credentialsRef.keys.configEnv`;
  }
  const values = readConfigEnv(text);
  const accessKeyId = values.get(ROOT_USER);
  const secretAccessKey = values.get(ROOT_PASSWORD);
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  const missing = [ROOT_USER, ROOT_PASSWORD].filter((name) => !values.get(name)).join(' and ');
  return `${key} of ${place} sets no ${missing}; add a line such as export ${ROOT_USER}="NAME", or name two keys in spec.credentialsRef.keys`;
}

/**
 * Reads lines of `export NAME="value"` as MinIO does (parsEnvEntry). It removes quotes, and expands and
 * unescapes nothing.
 */
function readConfigEnv(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').map((line) => line.trim());
  const entries = lines
    .filter((line) => line.includes('=') && !line.startsWith('#'))
    .map((line) => line.replace(/^export/, '').trim())
    .map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), unquoted(line.slice(at + 1))];
    });
  return new Map(entries);
}

function unquoted(value: string): string {
  return /^(["']).*\1$/.test(value) && value.length >= 2 ? value.slice(1, -1) : value;
}

function decoded({ data }: Pick<Secret, 'data'>, key: string): string | undefined {
  const value = data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}
