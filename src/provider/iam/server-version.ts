import type { PacedConnection } from '../paced-connection.ts';

/**
 * The names that say a version, such as `Ceph Object Gateway (tentacle)`. VersityGW and AWS name themselves
 * alone.
 */
const VERSIONED = /^Ceph Object Gateway \([a-z]{1,32}\)$/;

/** A connection, and the version of the server that its answers name. */
interface NamingConnection {
  readonly connection: PacedConnection;
  /** Returns the version; undefined if the last answer named none. */
  version(): string | undefined;
}

/** Notes the version in the header `Server` of each answer. */
export function namingServer(connection: PacedConnection): NamingConnection {
  let name: string | undefined;
  return {
    connection: {
      ...connection,
      request: async (request) => {
        const answer = await connection.request(request);
        name = answer.server;
        return answer;
      },
    },
    version: () => (name !== undefined && VERSIONED.test(name) ? name : undefined),
  };
}
