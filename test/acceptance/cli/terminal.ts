/** A real terminal, by the `script` of util-linux: what a person sees, and what they type. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** Returns why there is no terminal here, in a sentence; undefined if there is one. */
export const NO_TERMINAL =
  process.platform === 'linux' && existsSync('/usr/bin/script')
    ? undefined
    : "there is no script of util-linux, which Debian's package bsdutils brings";

export const KEYS = { enter: '\r', down: '\u001b[B', ctrlC: '\u0003', yes: 'y', no: 'n' } as const;

export interface Screen {
  /** Everything that was shown, colors and cursor movements included. */
  raw(): string;
  /** The same, as text. */
  text(): string;
  /** Waits until these words are shown after what was waited for before. @throws Error with the screen, after 20 s */
  sees(words: string): Promise<void>;
  type(keys: string): void;
  /** Waits for the end. @returns the exit code */
  ended: Promise<number>;
}

/** Runs a command at a terminal of 120 columns. */
export function atTerminal(
  command: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Screen {
  const line = `stty cols 120 rows 40; exec ${command.map(quoted).join(' ')}`;
  const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], {
    env: { TERM: 'xterm-256color', ...env },
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
  });
  const text = () => stripVTControlCharacters(shown).replaceAll('\r', '');
  return {
    raw: () => shown,
    text,
    async sees(words) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const at = text().indexOf(words, seen);
        if (at >= 0) {
          seen = at + words.length;
          return;
        }
        if (Date.now() > deadline)
          throw new Error(`waited for ${JSON.stringify(words)}:\n${text().slice(seen)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    type: (keys) => void child.stdin.write(keys),
    ended: new Promise((resolve) => child.on('exit', (code) => resolve(code ?? -1))),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
