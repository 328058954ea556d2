/** What one row of the table of operations is. */
import type { Client } from 'minio';
import type { Audience } from './levels.ts';
import type { SignedCall } from './signed-call.ts';

/** Who calls: the pair that is tried, by a client that applications use, and by requests that it can't make. */
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

/** One operation of S3, and who may do it. */
export interface Operation {
  /** As S3's API has it; after a comma, which case of it. */
  readonly name: string;
  /** The action that the store asks for, without `s3:`. None: it asks for none. */
  readonly action: string | undefined;
  readonly audience: Audience;
  /**
   * What the store answers to one who may: the code of an error that isn't about permission, such as
   * NoSuchLifecycleConfiguration where there is none. A success, if left out.
   */
  readonly answer?: string;
  /** What a reader should know of it. */
  readonly note?: string;
  readonly call: (caller: Caller, target: Target) => Promise<unknown>;
}

/** Operations on one kind of thing: a part of the table. */
export interface OperationGroup {
  readonly title: string;
  readonly operations: readonly Operation[];
}
