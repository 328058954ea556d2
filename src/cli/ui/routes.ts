/** The API of the page: each thing that it can ask for, and nothing else of the cluster. */
import type { Call } from './call.ts';
import { change } from './change.ts';
import { createKeyOf, preview } from './create.ts';
import { detailOf } from './detail.ts';
import { listMessages } from './list.ts';
import { pairOf } from './pair.ts';
import { progressOf } from './progress.ts';
import { revocationOf, revoke } from './revoke.ts';
import { rightsIn, sessionOf, storesFor } from './surroundings.ts';

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
  /** Answers with JSON, or with lines of it. */
  readonly answer: (call: Call) => Promise<unknown> | AsyncIterable<unknown>;
}

const KEY = '/api/keys/(?<namespace>[a-z0-9][a-z0-9-]*)/(?<name>[a-z0-9][a-z0-9.-]*)';
const route = (method: Route['method'], path: string, answer: Route['answer']): Route => ({
  method,
  path: new RegExp(`^${path}$`),
  answer,
});

const ROUTES: readonly Route[] = [
  route('GET', '/api/session', sessionOf),
  route('GET', '/api/rights', rightsIn),
  route('GET', '/api/stores', storesFor),
  route('GET', '/api/keys', listMessages),
  route('POST', '/api/preview', preview),
  route('POST', '/api/keys', createKeyOf),
  route('GET', KEY, detailOf),
  route('DELETE', KEY, revoke),
  route('POST', `${KEY}/change`, change),
  route('GET', `${KEY}/progress`, progressOf),
  route('GET', `${KEY}/revocation`, revocationOf),
  route('POST', `${KEY}/pair`, pairOf),
];

/** Finds what answers a request; undefined if nothing does. */
export function routeOf(
  method: string | undefined,
  path: string,
): { readonly answer: Route['answer']; readonly namespace: string; readonly name: string } | undefined {
  for (const one of ROUTES) {
    const match = one.method === method ? one.path.exec(path) : null;
    if (match === null) continue;
    const { namespace = '', name = '' } = match.groups ?? {};
    return { answer: one.answer, namespace, name };
  }
  return undefined;
}
