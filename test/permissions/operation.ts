/** The caller of an operation, and its target. */
import type { Client } from 'minio';
import type { SignedCall } from './signed-call.ts';

/** The pair that is tried: by a client that applications use, and by requests that this client can't make. */
export interface Caller {
  readonly client: Client;
  /** Sends a signed request; gives the body of a success. @throws Refusal with the store's code for anything else */
  send(call: SignedCall): Promise<string>;
}

/** A version of an object, made by the root user. */
interface TestObject {
  readonly name: string;
  readonly versionId: string;
}

/** A multipart upload of one part, begun by the root user. */
interface TestUpload {
  readonly name: string;
  readonly uploadId: string;
  readonly etag: string;
}

/** On what an operation is tried: a bucket, with versioning on, and what the root user puts there for it. */
export interface Target {
  readonly bucket: string;
  /** Begins the names of all objects that are tried; empty, or ends in `/`. */
  readonly folder: string;
  /** A name that no object has yet. */
  newName(): string;
  /** The name of a bucket that isn't there, which the grants cover. */
  newBucket(): string;
  object(): Promise<TestObject>;
  upload(): Promise<TestUpload>;
}

/** Tries one operation of the table in scripts/docs/permissions/operations.ts. */
export type Call = (caller: Caller, target: Target) => Promise<unknown>;
