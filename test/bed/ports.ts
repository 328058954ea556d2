import { createServer } from 'node:net';

async function hold(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
  return { port, free: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Ports of 127.0.0.1 that were free a moment ago, all different. Another process may take one before you do. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold));
  await Promise.all(held.map(({ free }) => free()));
  return held.map(({ port }) => port);
}
