/** The CRDs' own rules, in CEL, run here as the API server runs them. */
import { Environment } from '@marcbachmann/cel-js';

/** A rule's answer to a value: it holds, it is broken, or it can't be told here. */
export type RuleVerdict = 'holds' | 'broken' | 'unknown';

/** Text is matched as RE2 does it in the API server: `\p{…}` is a class of Unicode. */
function matches(text: string, expression: string): boolean {
  return new RegExp(expression, 'u').test(text);
}

class KubeUrl {
  readonly port: string;
  constructor(text: string) {
    this.port = /:(\d+)$/.exec(text)?.[1] ?? '';
  }
}

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false })
  .registerType('kubernetes.URL', KubeUrl)
  .registerFunction('url(string): kubernetes.URL', (text: string) => new KubeUrl(text))
  .registerFunction('kubernetes.URL.getPort(): string', ({ port }: KubeUrl) => port)
  // Kubernetes' own functions for lists (kubernetes.io, "Common Expression Language in Kubernetes").
  .registerFunction('list.sum(): int', (numbers: readonly bigint[]) =>
    numbers.reduce((sum, number) => sum + number, 0n),
  )
  .registerFunction('string.matchesRe2(string): bool', matches);

const parsed = new Map<string, ReturnType<typeof environment.parse>>();

/** Evaluates a rule on a value. A rule about a change holds, since a manifest has no earlier object. */
export function ruleVerdict(rule: string, self: unknown): RuleVerdict {
  if (/\boldSelf\b/.test(rule)) return 'holds';
  try {
    // The library's own matches knows no Unicode classes, and can't be replaced.
    const source = rule.replaceAll('.matches(', '.matchesRe2(');
    const program = parsed.get(source) ?? environment.parse(source);
    parsed.set(source, program);
    const answer: unknown = program({ self: celValue(self) });
    return answer === true ? 'holds' : answer === false ? 'broken' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** JSON as CEL has it: whole numbers are ints. */
function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, celValue(inner)]));
}
