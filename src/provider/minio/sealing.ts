import { argon2, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { createFairMutex } from '../fair-mutex.ts';
import { openFrameStream } from './frame-stream.ts';
import {
  type Cipher,
  type Header,
  NONCE_BYTES,
  openFrames,
  readHeader,
  SALT_BYTES,
  sealFrames,
  UnsealError,
} from './frames.ts';

const pbkdf2Async = promisify(pbkdf2);
const argon2Async = promisify(argon2);

const KEY_BYTES = 32;
const PBKDF2_ITERATIONS = 8192;
const ID_PBKDF2_AES = 0x02;

type Derive = (secret: string, salt: Buffer) => Promise<Buffer>;

const fromPbkdf2: Derive = (secret, salt) =>
  pbkdf2Async(secret, salt, PBKDF2_ITERATIONS, KEY_BYTES, 'sha256');

const fromArgon2id: Derive = (secret, salt) =>
  argon2Async('argon2id', {
    message: secret,
    nonce: salt,
    parallelism: 4,
    tagLength: KEY_BYTES,
    memory: 65536,
    passes: 1,
  });

/** The three ids of madmin-go v3.0.109, encrypt.go. */
const ALGORITHMS: ReadonlyMap<number, { cipher: Cipher; derive: Derive; costly: boolean }> = new Map([
  [0x00, { cipher: 'aes-256-gcm', derive: fromArgon2id, costly: true }],
  [0x01, { cipher: 'chacha20-poly1305', derive: fromArgon2id, costly: true }],
  [ID_PBKDF2_AES, { cipher: 'aes-256-gcm', derive: fromPbkdf2, costly: false }],
]);

/**
 * Runs one Argon2id at a time in the whole process, since each takes 64 MiB and about 0.1 s of CPU. Many
 * stores, or one that answers a lot, then neither fill the memory nor delay the others.
 */
const argon2Mutex = createFairMutex();

/** The random part that makes two seals of the same data differ: 32 bytes of salt and 8 of nonce. */
export interface Freshness {
  readonly salt: Buffer;
  readonly nonce: Buffer;
}

/**
 * Seals data with a secret as madmin's EncryptData does, by PBKDF2 and AES-256-GCM (id 0x02). That takes 2 ms
 * of CPU here and 4 ms at the server; Argon2id would take 100 ms at both. The derivation runs off the event
 * loop. `fresh` is for tests: a salt and nonce are never used twice.
 */
export async function seal(
  secret: string,
  data: Buffer,
  fresh: Freshness = { salt: randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) },
): Promise<Buffer> {
  return sealWith(await fromPbkdf2(secret, fresh.salt), fresh, data);
}

/** The maximum time and number of messages for one salt of a sealer. */
const SALT_MS = 3_600_000;
const SALT_MESSAGES = 2 ** 20;

/**
 * Makes a sealer for the bodies of one pair's requests. It seals as `seal` does, but derives the key of one
 * random salt once for an hour, or a million bodies. Each body has its own nonce. The nonce counts, since a
 * random one of 8 bytes could repeat, which under AES-GCM reveals the authentication key.
 * @param elapsedMs a monotonic clock
 */
export function createSealer(
  secret: string,
  elapsedMs: () => number = () => performance.now(),
): (data: Buffer) => Promise<Buffer> {
  let current: { salt: Buffer; key: Promise<Buffer>; since: number; sealed: number } | undefined;
  return async (data) => {
    if (!current || current.sealed >= SALT_MESSAGES || elapsedMs() - current.since >= SALT_MS) {
      const salt = randomBytes(SALT_BYTES);
      const made = { salt, key: fromPbkdf2(secret, salt), since: elapsedMs(), sealed: 0 };
      current = made;
      made.key.catch(() => {
        if (current === made) current = undefined;
      });
    }
    const { salt, key } = current;
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUInt32BE(current.sealed++, NONCE_BYTES - 4);
    return sealWith(await key, { salt, nonce }, data);
  };
}

function sealWith(key: Buffer, fresh: Freshness, data: Buffer): Buffer {
  return sealFrames('aes-256-gcm', key, { ...fresh, id: ID_PBKDF2_AES }, data);
}

/** The secret and the owner of a sealed answer. */
export interface Opening {
  /** The secret that signed the request. The server seals its answer with it. */
  readonly secret: string;
  /** The owner of the work in the mutex of Argon2id. All stores of one owner share its turns. */
  readonly owner: string;
  /** Ends the wait for a turn. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens an answer that the server sealed (madmin's DecryptData; every id it may use). Throws `UnsealError`
 * before any derivation for data that can't be sealed. Throws it after the derivation for changed data, or
 * data for another secret. Throws the signal's reason if it aborts during the wait.
 */
export async function open(sealed: Buffer, opening: Opening): Promise<Buffer> {
  const { cipher, key } = await deriveKey(readHeader(sealed), opening);
  return openFrames(cipher, key, sealed);
}

/**
 * Opens a sealed answer as it arrives. Its reader must not act on any of it before the iteration has ended.
 */
export function openStream(
  chunks: AsyncIterable<Buffer>,
  opening: Opening,
): AsyncGenerator<Buffer, void, undefined> {
  return openFrameStream(chunks, (header) => deriveKey(header, opening));
}

async function deriveKey(
  { id, salt }: Header,
  { secret, owner, signal }: Opening,
): Promise<{ cipher: Cipher; key: Buffer }> {
  const algorithm = ALGORITHMS.get(id);
  if (!algorithm) throw new UnsealError('sealed in an unknown way');
  const { cipher, costly } = algorithm;
  const derive = () => algorithm.derive(secret, salt);
  return { cipher, key: await (costly ? argon2Mutex.run(owner, derive, signal) : derive()) };
}
