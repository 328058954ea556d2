/**
 * A real control plane and a real MinIO in a folder of their own, on free ports of 127.0.0.1, for tests, the demo
 * and the benchmarks. Several run side by side. All of it ends with the process that started it.
 */
import { randomBytes } from 'node:crypto';
import { type Api, createApi } from './api.ts';
import { type Ceph, startCeph } from './ceph.ts';
import { startEtcd } from './etcd.ts';
import { makeFolder, removeLeftovers } from './folder.ts';
import { installCrds, installRbac, OPERATOR } from './install.ts';
import { apiserverReady, startApiserver } from './kube-apiserver.ts';
import { startControllerManager } from './kube-controller-manager.ts';
import { requestToken, type ServiceAccount, writeKubeconfig } from './kubeconfig.ts';
import {
  attachMinio,
  type Minio,
  type MinioData,
  type MinioOptions,
  minioData,
  startMinio,
} from './minio.ts';
import { type Moto, type MotoTool, startMoto } from './moto.ts';
import { findPrograms, SERVERS } from './programs.ts';
import { attachServer, type Server } from './server.ts';
import { connectSupervisor, type Supervisor, startSupervisor } from './supervise.ts';
import { startVersityGw, type VersityGw, type VersityGwOptions } from './versitygw.ts';

/** A bed as plain data: another process makes a Bed of it with `attachBed`. */
export interface BedData {
  readonly folder: string;
  /** The API server, https://127.0.0.1:PORT */
  readonly server: string;
  readonly caPem: string;
  /** The token of a user in system:masters: for the tests themselves, never for the operator. */
  readonly adminToken: string;
  /** A path. */
  readonly adminKubeconfig: string;
  readonly minio: MinioData;
  /** http://127.0.0.1:PORT of the control plane's etcd. */
  readonly etcd: string;
  /** The path of the program of further MinIOs. */
  readonly minioProgram: string;
}

export interface Bed extends BedData {
  /** Starts further programs, which end with the bed or with this process. */
  readonly supervisor: Supervisor;
  /** The API server with the administrator's rights. */
  readonly api: Api;
  readonly apiserver: Server;
  readonly minio: Minio;
  /** Starts another MinIO, which ends with this process. */
  startMinio(options?: MinioOptions): Promise<Minio>;
  /** Starts a Ceph without an account, which ends with this process. It takes root: see `cephObjection`. */
  startCeph(): Promise<Ceph>;
  /** Starts a VersityGW with its IAM server, which end with this process. */
  startVersityGw(options?: VersityGwOptions): Promise<VersityGw>;
  /** A moto of the caller's own. @param tool from `motoTool` of test/integration/support/tools.ts */
  startMoto(tool: MotoTool): Promise<Moto>;
  /**
   * Writes a kubeconfig with a token of a ServiceAccount, by default the operator's, which has the rights of the
   * chart's ClusterRole; another one has none. The account is made if there is none.
   * @param options.server by default the API server's URL; or a proxy's
   * @param options.namespace the namespace of its context, as a pod's
   * @returns its path
   */
  kubeconfig(options?: {
    serviceAccount?: ServiceAccount;
    server?: string;
    namespace?: string;
  }): Promise<string>;
  /** Ends everything of the bed, in whatever process; or, of an attached bed, only what was started through it. */
  stop(): Promise<void>;
}

export interface BedOptions {
  /** Gets lines about the progress of a build of the programs, and nothing otherwise. */
  readonly log?: (line: string) => void;
  /** Install the project's CRDs (default true). */
  readonly crds?: boolean;
  /**
   * Run Kubernetes' own controllers (default true). Without them no namespace ends and nothing is collected, and there
   * is one program less to build.
   */
  readonly controllers?: boolean;
  /** Install the operator's ClusterRole and its binding (default true). */
  readonly rbac?: boolean;
  /** The program of the bed's own MinIO (default `minio`). Those of `startMinio` are `minio` in any case. */
  readonly minio?: MinioProgram;
}

async function bedOf(data: BedData, supervisor: Supervisor, stop: () => Promise<void>): Promise<Bed> {
  const { folder, server, caPem, adminToken } = data;
  const api = createApi({ server, caPem, token: adminToken });
  const ready = () => apiserverReady(folder, server, adminToken);
  return {
    ...data,
    supervisor,
    api,
    apiserver: await attachServer(supervisor, { name: 'kube-apiserver', folder, ready }),
    minio: await attachMinio(supervisor, folder, data.minio),
    startMinio(options = {}) {
      const name = `minio-${randomBytes(4).toString('hex')}`;
      return startMinio(supervisor, { ...options, name, folder, command: data.minioProgram, bound: true });
    },
    startCeph: () => startCeph(supervisor, { folder, bound: true, log: console.log }),
    startMoto: (tool) => startMoto(supervisor, { ...tool, folder, bound: true }),
    async startVersityGw(options = {}) {
      const { versitygw } = await findPrograms(['versitygw'], console.log);
      return startVersityGw(supervisor, { ...options, folder, command: versitygw, bound: true });
    },
    async kubeconfig({ serviceAccount = OPERATOR, server: through = server, namespace } = {}) {
      return writeKubeconfig(folder, {
        ...(namespace !== undefined && { namespace }),
        server: through,
        caPem,
        token: await requestToken(api, serviceAccount),
      });
    },
    async stop() {
      await api.close();
      await stop();
    },
  };
}

/** A bed that another process has started; the connection to it doesn't keep this process running. */
export async function attachBed(data: BedData): Promise<Bed> {
  const supervisor = await connectSupervisor(data.folder, { background: true });
  return bedOf(data, supervisor, async () => supervisor.disconnect());
}

/** Returns the part of a bed that can go to another process. */
export function bedData(bed: Bed): BedData {
  const { folder, server, caPem, adminToken, adminKubeconfig, etcd, minio, minioProgram } = bed;
  return { folder, server, caPem, adminToken, adminKubeconfig, etcd, minioProgram, minio: minioData(minio) };
}

const CONTROLLERS = 'kube-controller-manager';
type Name = (typeof SERVERS)[number];
type MinioProgram = 'minio' | 'minio-fips';
type Programs = Record<Exclude<Name, typeof CONTROLLERS>, string> &
  Partial<Record<Name | MinioProgram, string>>;

async function bringUp(
  folder: string,
  supervisor: Supervisor,
  programs: Programs,
  options: BedOptions,
): Promise<BedData> {
  const adminToken = randomBytes(24).toString('hex');
  const ownMinio = programs[options.minio ?? 'minio'] ?? programs.minio;
  const minio = startMinio(supervisor, { command: ownMinio, folder, name: 'minio' });
  // Awaited below; a failure of the other branch first must not make this one an unhandled rejection.
  minio.catch(() => {});
  const etcd = await startEtcd(supervisor, { command: programs.etcd, folder });
  const command = programs['kube-apiserver'];
  const { url, caPem } = await startApiserver(supervisor, {
    command,
    folder,
    etcd: etcd.url,
    token: adminToken,
  });
  const adminKubeconfig = await writeKubeconfig(folder, {
    server: url,
    caPem,
    token: adminToken,
    name: 'admin',
  });
  const api = createApi({ server: url, caPem, token: adminToken });
  try {
    const rbac = options.rbac === false ? undefined : installRbac(api);
    rbac?.catch(() => {});
    if (options.crds !== false) await installCrds(api);
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    };
    const controllers = programs[CONTROLLERS];
    if (controllers !== undefined)
      await startControllerManager(supervisor, {
        command: controllers,
        folder,
        kubeconfig: adminKubeconfig,
        ready: async () => (await api.get(account)) !== undefined,
      });
    await rbac;
  } finally {
    await api.close();
  }
  const minioProgram = programs.minio;
  return {
    folder,
    server: url,
    caPem,
    adminToken,
    adminKubeconfig,
    etcd: etcd.url,
    minioProgram,
    minio: minioData(await minio),
  };
}

/**
 * Starts a bed: etcd, kube-apiserver, kube-controller-manager and MinIO, each ready. Programs that aren't on this
 * machine are built first.
 * @throws Error that says which program failed, with the end of its log; nothing is left running then
 */
export async function startBed(options: BedOptions = {}): Promise<Bed> {
  const names = SERVERS.filter((name) => options.controllers !== false || name !== CONTROLLERS);
  const { minio = 'minio', log = () => {} } = options;
  const programs: Programs = await findPrograms([...new Set([...names, minio])], log);
  await removeLeftovers(Date.now());
  const folder = await makeFolder();
  const supervisor = await startSupervisor(folder);
  try {
    const data = await bringUp(folder, supervisor, programs, options);
    return await bedOf(data, supervisor, () => supervisor.end());
  } catch (error) {
    await supervisor.end();
    throw error;
  }
}
