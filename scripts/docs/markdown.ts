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

/** The length of a line, as in the pages that are written by hand. */
const WIDTH = 118;

/** Returns a paragraph in lines of at most 118 columns. @param indent begins each line but the first */
export function wrapped(paragraph: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/\s+/)) {
    if (line !== '' && `${line} ${word}`.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
