/** The kind of a request to a store's users, seen from outside: by its method, or by the action that its form names. */
import type { ProxyRequest } from '../bed/proxy.ts';

/** True if the request changes something. */
export function isWrite({ method, form }: ProxyRequest): boolean {
  return form ? !/^(?:Get|List)/.test(form.get('Action') ?? '') : method !== 'GET' && method !== 'HEAD';
}
