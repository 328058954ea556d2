let steps = 0;
const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Begins a step of the demo. */
export function step(title: string): void {
  steps += 1;
  console.log(`\n${paint(1, `${steps}. ${title}`)}`);
}

/** Says what happens. */
export function say(text: string): void {
  console.log(`   ${text}`);
}

/** Prints the command by which a person would do or see the same. */
export function note(command: string): void {
  console.log(`   ${paint(36, `$ ${command}`)}`);
}

/** Says why the demo ends early. */
export function fail(error: unknown): void {
  console.error(
    `\n${paint(31, 'The demo failed:')} ${error instanceof Error ? error.message : String(error)}`,
  );
}
