import type { AccessKey } from '../../api/schema/accesskey.ts';

/**
 * The end of a key.
 * - `none`: the key stays
 * - `disabled`: the store refuses the key, and its pair is kept
 * - `revoked`: its users and its policy are removed
 */
export type End = 'none' | 'disabled' | 'revoked';

/** The part of a running pass by which others decide whether to abort it. */
export interface RunningPass {
  /** The newest version of the object that it has seen. */
  readonly accessKey: AccessKey;
  /** The end that this pass leads to. */
  readonly end: End;
}
