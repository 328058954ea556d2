/**
 * The exit codes of every command; docs/cli.md lists them. `exec` ends with the code of the command that it
 * ran.
 */
export const EXIT = {
  ok: 0,
  /**
   * Something failed that no other code names: the cluster or the store doesn't answer, a file can't be read.
   */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /**
   * The command ran, and its answer is no: check, verify or doctor found something, a key isn't Ready in
   * time.
   */
  no: 3,
  /** The object isn't there. */
  notFound: 4,
  /** The API server refuses: a missing right, an admission policy, a rule of the API. */
  refused: 5,
  /** Nothing was written: a GitOps tool manages the object, or a person answered no. */
  notWritten: 6,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** An exit code of the plugin. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
