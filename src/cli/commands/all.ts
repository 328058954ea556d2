import type { Command } from 'commander';
import type { Terminal } from '../shell/terminal.ts';
import { createCommand } from './create.ts';
import { disableCommands, labelCommand, permissionsCommand, rotateCommand } from './edit.ts';
import { listCommand } from './list.ts';
import { revokeCommand } from './revoke.ts';
import { showCommand } from './show.ts';

/** Adds one command, with its flags, help and action. */
type Register = (program: Command, terminal: Terminal, setExitCode: (code: number) => void) => void;

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Register[] = [
  listCommand,
  showCommand,
  createCommand,
  labelCommand,
  permissionsCommand,
  rotateCommand,
  disableCommands,
  revokeCommand,
];
