/** A site of somebody who means harm, in the user's own browser: another origin, on another port of this machine. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HostileSite {
  readonly origin: string;
  readonly port: number;
  /** The cookies that browsers have sent here. */
  readonly cookies: string[];
  close(): void;
}

export async function startHostileSite(): Promise<HostileSite> {
  const cookies: string[] = [];
  const server = createServer((request, response) => {
    cookies.push(request.headers.cookie ?? '');
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>evil</title><body>evil');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    cookies,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
