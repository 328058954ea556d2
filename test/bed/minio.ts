import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amzDate } from '../../src/provider/minio/signing.ts';
import { ask } from './ask.ts';
import { attachServer, type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';
import { writeCertificate } from './tls.ts';

/** A MinIO as plain data, which goes from process to process. */
export interface MinioData {
  readonly name: string;
  /** http://127.0.0.1:PORT, or https:// */
  readonly endpoint: string;
  readonly rootUser: string;
  readonly rootPassword: string;
  /** The folder of its data on this machine; with `diskMiB` other processes see it empty. */
  readonly dataFolder: string;
  /** The certificate to trust, if the endpoint is https. */
  readonly caPem?: string;
}

export interface Minio extends MinioData, Server {}

export interface MinioOptions {
  readonly tls?: boolean;
  /** More of MinIO's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Its data are on a disk of its own of that size, in memory and gone at its end, which can be filled up. It takes the
   * right to mount in a namespace (see `canMount`).
   */
  readonly diskMiB?: number;
}

/**
 * Runs a program with an own small disk in the place of a folder: `unshare` of util-linux, and a tmpfs in a namespace.
 */
const WITH_DISK = [
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs -o "size=$0" tmpfs "$1" && shift && exec "$@"',
];

/** True if this process may mount in a namespace of its own. */
export function canMount(): boolean {
  const { status } = spawnSync('unshare', [
    '--map-root-user',
    '--mount',
    'mount',
    '-t',
    'tmpfs',
    'tmpfs',
    tmpdir(),
  ]);
  return status === 0;
}

/**
 * True if MinIO accepts requests. Its health page answers before its users are loaded. Only afterwards does it refuse a
 * request by an unknown user as such. The request carries the present time, or MinIO would refuse it before.
 */
export async function minioReady(endpoint: string, ca: string | undefined): Promise<boolean> {
  const time = amzDate(Date.now());
  const day = time.slice(0, 8);
  const answer = await ask(endpoint, {
    ...(ca === undefined ? {} : { ca }),
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=nobody/${day}/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`,
      'x-amz-date': time,
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    },
  });
  return answer.status === 403;
}

/** Starts a MinIO with data and a root user of its own. @param options.name is its own in the bed */
export async function startMinio(
  supervisor: Supervisor,
  options: MinioOptions & { command: string; folder: string; name: string; bound?: boolean },
): Promise<Minio> {
  const { command, folder, name, tls = false, bound = false } = options;
  const rootUser = `root-${randomBytes(6).toString('hex')}`;
  const rootPassword = randomBytes(24).toString('base64url');
  const certificates = join(folder, `${name}-certs`);
  await mkdir(certificates);
  const caPem = tls ? await writeCertificate(certificates) : undefined;
  const { diskMiB } = options;
  const data = join(folder, name);
  if (diskMiB !== undefined) await mkdir(data);
  const withDisk = diskMiB === undefined ? [] : [...WITH_DISK, `${diskMiB}m`, data, command];
  const endpoint = (ports: readonly number[]) => `${tls ? 'https' : 'http'}://127.0.0.1:${ports[0]}`;
  const { server, ports } = await startServer(supervisor, {
    name,
    command: diskMiB === undefined ? command : 'unshare',
    folder,
    bound,
    portCount: 1,
    args: (ports) => [
      ...withDisk,
      ...['server', data, '--address', `127.0.0.1:${ports[0]}`, '--certs-dir', certificates],
    ],
    env: {
      MINIO_ROOT_USER: rootUser,
      MINIO_ROOT_PASSWORD: rootPassword,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      // Each list of users takes 64 MiB for a moment (Argon2id): garbage that stays costs more pages than a collection.
      GOGC: '100',
      ...options.env,
    },
    ready: (ports) => minioReady(endpoint(ports), caPem),
  });
  const minio = {
    name,
    endpoint: endpoint(ports),
    rootUser,
    rootPassword,
    dataFolder: data,
    ...(caPem === undefined ? {} : { caPem }),
  };
  return withServer(minio, server);
}

/** The server's `pid` is read when it is asked for: a copy of its properties would be of one process only. */
export function withServer(data: MinioData, server: Server): Minio {
  return {
    ...data,
    get pid() {
      return server.pid;
    },
    stop: server.stop,
    start: server.start,
    pause: server.pause,
    resume: server.resume,
  };
}

/** A MinIO that another process has started in the bed of that folder. */
export async function attachMinio(supervisor: Supervisor, folder: string, data: MinioData): Promise<Minio> {
  const ready = () => minioReady(data.endpoint, data.caPem);
  return withServer(data, await attachServer(supervisor, { name: data.name, folder, ready }));
}

/** Returns the part of a MinIO that can go to another process. */
export function minioData({ caPem, ...data }: MinioData): MinioData {
  const { name, endpoint, rootUser, rootPassword, dataFolder } = data;
  return { name, endpoint, rootUser, rootPassword, dataFolder, ...(caPem === undefined ? {} : { caPem }) };
}
