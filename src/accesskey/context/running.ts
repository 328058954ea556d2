import type { AccessKey } from '../../api/schema/accesskey.ts';

/**
 * The end of a key.
 * - `none`: it doesn't
 * - `disabled`: the store refuses the key, and its pair is kept
 * - `revoked`: nothing of it stays in the store
 */
export type End = 'none' | 'disabled' | 'revoked';

/** The part of a running pass by which others decide whether it may go on. */
export interface RunningPass {
  /** The newest version of the object that it has seen. */
  readonly accessKey: AccessKey;
  /** The end that it brings about. */
  readonly end: End;
}
