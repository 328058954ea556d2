/** Failures in words: the cause, then the remedy in the imperative. */
import { ConnectionError } from '../../kube/connection.ts';
import { KubeError } from '../../kube/errors.ts';
import { StoreError } from '../../provider/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** A failure that a command foresees. `message` is the cause, `remedy` what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly remedy: string | undefined;

  constructor(exitCode: ExitCode, message: string, remedy?: string) {
    super(message);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

/** A failure as a command reports it. */
export interface Explained {
  readonly exitCode: ExitCode;
  readonly cause: string;
  readonly remedy: string | undefined;
}

/**
 * Says what a failure means and what to do about it. Rethrows nothing: an unknown error keeps its own
 * message.
 */
export function explain(error: unknown): Explained {
  if (error instanceof CliError)
    return { exitCode: error.exitCode, cause: error.message, remedy: error.remedy };
  if (error instanceof KubeError) return explainKube(error);
  if (error instanceof ConnectionError)
    return { exitCode: EXIT.failed, cause: error.message, remedy: undefined };
  if (error instanceof StoreError)
    return {
      exitCode: EXIT.failed,
      cause: error.message,
      remedy:
        error.kind === 'unreachable'
          ? 'check that this machine reaches the endpoint; --endpoint names another way to the store'
          : undefined,
    };
  const cause = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT.failed, cause, remedy: undefined };
}

function explainKube(error: KubeError): Explained {
  const say = (exitCode: ExitCode, cause: string, remedy?: string): Explained => ({
    exitCode,
    cause,
    remedy,
  });
  if (error.kind === 'aborted') return say(EXIT.interrupted, 'interrupted');
  if (error.kind !== 'answered') {
    return say(
      EXIT.failed,
      `the API server can't be asked: ${error.message}`,
      'check the context (kubectl config current-context) and the network to the cluster',
    );
  }
  if (error.status === 401) {
    return say(
      EXIT.refused,
      'the API server does not accept the credentials of the kubeconfig',
      'log in again, or choose another context with --context',
    );
  }
  const right = missingRight(error);
  if (right !== undefined) return say(EXIT.refused, `you may not ${right}`, rightRemedy(right));
  if (error.status === 403 || error.status === 422 || error.status === 400)
    return say(EXIT.refused, `the API server refuses: ${saidOf(error)}`);
  if (
    error.status === 404 &&
    /\baccesskeys\b|objectstores\b/.test(error.message) &&
    !/"/.test(error.message)
  ) {
    return say(
      EXIT.notFound,
      'the cluster has no AccessKeys: the CustomResourceDefinitions are missing',
      'install the operator (docs/install.md), then run kubectl accesskey doctor',
    );
  }
  if (error.status === 404) return say(EXIT.notFound, saidOf(error));
  if (error.status === 409) return say(EXIT.failed, saidOf(error), 'run the command again');
  return say(EXIT.failed, error.message);
}

/**
 * Names the right that an answer of RBAC says is missing, such as `list accesskeys.accesskeys.dev in
 * namespace shop`; undefined for any other refusal.
 */
export function missingRight(error: unknown): string | undefined {
  if (!(error instanceof KubeError) || error.status !== 403) return undefined;
  const said = /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(
    error.message,
  );
  if (!said) return undefined;
  const [, verb, resource, group, namespace] = said;
  return `${verb} ${resource}${group ? `.${group}` : ''} ${namespace ? `in namespace ${namespace}` : 'in the whole cluster'}`;
}

function rightRemedy(right: string): string {
  const whole = right.endsWith('in the whole cluster');
  return `ask an administrator of the cluster for the right to ${right}${whole ? ', or name one namespace with -n' : ''}`;
}

/** The API server's own sentence, without what was asked and the status before it. */
function saidOf(error: KubeError): string {
  return error.message.replace(/^.*?: \d{3}(?: \w+)?: /, '');
}
