/** What the runtime and the Kubernetes client need of a logger. A pino logger is one as it is. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child?(fields: object): Log;
}
