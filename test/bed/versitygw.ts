/** Starts VersityGW with its IAM server: an S3 gateway over a folder whose users come by AWS's IAM API. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './ask.ts';
import { type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';
import { writeCertificate } from './tls.ts';

/** The account in the ARNs of its users. */
export const VERSITYGW_ACCOUNT = '000000000000';

export interface VersityGw {
  /** The S3 API: http://127.0.0.1:PORT, or https:// */
  readonly endpoint: string;
  /** The APIs of IAM and STS. */
  readonly iamEndpoint: string;
  readonly rootAccessKeyId: string;
  readonly rootSecretAccessKey: string;
  /** The certificate to trust, if the endpoints are https. */
  readonly caPem?: string;
  /** The gateway, and the server of its users. Each can be stopped and paused alone. */
  readonly s3: Server;
  readonly iam: Server;
}

export interface VersityGwOptions {
  readonly tls?: boolean;
}

/** True if a server takes requests: it refuses one that nobody signed. */
async function isReady(url: string, ca: string | undefined): Promise<boolean> {
  return (await ask(url, ca === undefined ? {} : { ca })).status === 403;
}

/**
 * Starts one with data, users and a root of its own. The gateway asks the IAM server by a socket in `folder`, whose
 * path is short: a socket's has 104 bytes at most.
 */
export async function startVersityGw(
  supervisor: Supervisor,
  options: VersityGwOptions & { command: string; folder: string; bound?: boolean },
): Promise<VersityGw> {
  const { command, folder, tls = false, bound = false } = options;
  const name = `versitygw-${randomBytes(4).toString('hex')}`;
  const own = await mkdtemp(join(folder, 'v-'));
  const [users, data, versions] = [join(own, 'users'), join(own, 'data'), join(own, 'versions')];
  const socket = join(own, 's');
  await Promise.all([mkdir(users), mkdir(data), mkdir(versions)]);
  const caPem = tls ? await writeCertificate(own) : undefined;
  const certificate = tls ? ['--cert', join(own, 'public.crt'), '--key', join(own, 'private.key')] : [];
  const rootAccessKeyId = `root${randomBytes(6).toString('hex')}`;
  const rootSecretAccessKey = randomBytes(24).toString('base64url');
  const env = { ROOT_ACCESS_KEY: rootAccessKeyId, ROOT_SECRET_KEY: rootSecretAccessKey };
  const urlOf = (ports: readonly number[]) => `${tls ? 'https' : 'http'}://127.0.0.1:${ports[0]}`;
  const shared = { command, folder, bound, portCount: 1, env };
  const iam = await startServer(supervisor, {
    ...shared,
    name: `${name}-iam`,
    args: (ports) => [
      ...['--quiet', '--port', `127.0.0.1:${ports[0]}`, ...certificate],
      ...['iam', '--dir', users, '--private-ports', socket],
    ],
    ready: (ports) => isReady(`${urlOf(ports)}/?Action=ListUsers&Version=2010-05-08`, caPem),
  });
  const s3 = await startServer(supervisor, {
    ...shared,
    name,
    args: (ports) => [
      ...['--quiet', '--port', `127.0.0.1:${ports[0]}`, ...certificate],
      ...['--iam-standalone-endpoint', socket, 'posix', '--versioning-dir', versions, data],
    ],
    ready: (ports) => isReady(urlOf(ports), caPem),
  });
  return {
    endpoint: urlOf(s3.ports),
    iamEndpoint: urlOf(iam.ports),
    rootAccessKeyId,
    rootSecretAccessKey,
    ...(caPem !== undefined && { caPem }),
    s3: s3.server,
    iam: iam.server,
  };
}
