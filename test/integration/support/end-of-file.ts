/** Comes before each test file: the files of a worker share its process, and what one has started ends with it. */
import { afterAll } from 'vitest';
import { endPrograms } from './bed-context.ts';

afterAll(endPrograms);
