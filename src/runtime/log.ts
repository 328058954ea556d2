/** A logger, as far as the runtime and the Kubernetes client need one. A pino logger fits unchanged. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child?(fields: object): Log;
}
