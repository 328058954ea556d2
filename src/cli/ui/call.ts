import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';

/** The flags that the page starts with. */
export interface PageStart {
  /** The namespace that the flag names; undefined for every one that the user may see. */
  readonly namespace: string | undefined;
}

/** A request that was let in. */
export interface Call {
  readonly kubernetes: Kubernetes;
  readonly start: PageStart;
  /** Aborts when the page goes away, or the command ends. */
  readonly signal: AbortSignal;
  readonly query: URLSearchParams;
  /** Parsed JSON of any shape; undefined for a GET. */
  readonly body: unknown;
  /** The namespace of the key that the path names. */
  readonly namespace: string;
  readonly name: string;
}

/** Returns the namespace that the query names. @throws CliError if it names none */
export function namespaceIn({ query }: Pick<Call, 'query'>): string {
  const namespace = query.get('namespace') ?? '';
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(namespace))
    throw new CliError(EXIT.usage, `${JSON.stringify(namespace)} is not the name of a namespace`);
  return namespace;
}
