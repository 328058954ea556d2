import type { Command } from 'commander';
import type { Terminal } from '../shell/terminal.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { createCommand } from './create.ts';
import { doctorCommand } from './doctor.ts';
import { disableCommands, labelCommand, permissionsCommand, rotateCommand } from './edit.ts';
import { envCommand } from './env.ts';
import { execCommand } from './exec.ts';
import { listCommand } from './list.ts';
import { policyCommand } from './policy.ts';
import { revokeCommand } from './revoke.ts';
import { showCommand } from './show.ts';
import { uiCommand } from './ui.ts';
import { verifyCommand } from './verify.ts';
import { whoCanCommand } from './who-can.ts';

/** Adds one command, with its flags, help and action. */
type Register = (program: Command, terminal: Terminal, setExitCode: (code: number) => void) => void;

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Register[] = [
  uiCommand,
  listCommand,
  showCommand,
  createCommand,
  labelCommand,
  permissionsCommand,
  rotateCommand,
  disableCommands,
  revokeCommand,
  envCommand,
  configCommand,
  execCommand,
  verifyCommand,
  whoCanCommand,
  doctorCommand,
  policyCommand,
  checkCommand,
  completionCommand,
];
