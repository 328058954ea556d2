import { join } from 'node:path';

/** Where Node keeps what it has compiled: an operator then starts with half of the CPU time, and so do other programs. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'node'),
};
