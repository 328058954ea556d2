/** The output of `kubectl get`, from the tables that the API server makes for it: the demo then needs no kubectl. */
import { Agent, request } from 'undici';
import type { Bed } from '../../bed/bed.ts';
import { note, say } from './demo-say.ts';

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { readonly metadata: { readonly creationTimestamp?: string } };
  }[];
}

const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** Shows a command that a person would type, and what it would print. @param paths what it asks for, oldest first */
export async function showTables(
  { server, adminToken, caPem }: Pick<Bed, 'server' | 'adminToken' | 'caPem'>,
  command: string,
  ...paths: readonly string[]
): Promise<void> {
  note(`kubectl ${command}`);
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const headers = { authorization: `Bearer ${adminToken}`, accept: AS_TABLE };
  try {
    for (const path of paths) {
      const { statusCode, body } = await request(`${server}${path}`, { dispatcher, headers });
      if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${await body.text()}`);
      for (const line of linesOf((await body.json()) as Table)) say(`  ${line}`);
    }
  } finally {
    await dispatcher.close();
  }
}

/** The columns that kubectl shows without -o wide, each as wide as its widest cell. */
function linesOf({ columnDefinitions, rows }: Table): string[] {
  const shown = columnDefinitions.flatMap(({ name, priority }, at) => (priority === 0 ? [{ name, at }] : []));
  const byAge = rows.toSorted((a, b) => createdAt(a).localeCompare(createdAt(b)));
  const lines = [
    shown.map(({ name }) => name.toUpperCase()),
    ...byAge.map(({ cells }) => shown.map(({ at }) => String(cells[at] ?? ''))),
  ];
  const widths = shown.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

function createdAt({ object }: Table['rows'][number]): string {
  return object.metadata.creationTimestamp ?? '';
}
