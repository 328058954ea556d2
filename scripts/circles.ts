/** Each node with those that it leads to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Returns every circle of a graph, its members sorted (Tarjan, "Depth-first search and linear graph algorithms"). */
export function circles(graph: Graph): string[][] {
  const found: string[][] = [];
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  function visit(node: string): number {
    const number = numbers.size;
    numbers.set(node, number);
    lowest.set(node, number);
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = numbers.has(next) ? (path.includes(next) ? numbers.get(next) : undefined) : visit(next);
      lowest.set(node, Math.min(lowest.get(node) ?? number, reached ?? number));
    }
    if (lowest.get(node) === number) {
      const circle = path.splice(path.indexOf(node));
      if (circle.length > 1) found.push(circle.sort());
    }
    return lowest.get(node) ?? number;
  }
  for (const node of graph.keys()) if (!numbers.has(node)) visit(node);
  return found;
}
