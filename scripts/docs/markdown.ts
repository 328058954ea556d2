/** Returns a table. Each cell is Markdown without a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replaceAll(/\| {2}(?=\|)/g, '| ');
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Returns a name as code. */
export function code(name: string): string {
  return `\`${name}\``;
}

/** Returns names as code, with commas between. */
export function listed(names: readonly string[]): string {
  return names.map(code).join(', ');
}

/** Returns Markdown that shows plain text as it is, in a table's cell too. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*<>|[\]]|(?<!\w)_|_(?!\w)/g, '\\$&').replaceAll('\n', ' ');
}
