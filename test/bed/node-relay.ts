/** Lets processes outside of a network namespace reach servers inside: a Unix socket FOLDER/N.sock for each address. */
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const [folder = '', ...addresses] = process.argv.slice(2);
const PORT = 9000;

for (const [n, address] of addresses.entries()) {
  createServer((socket) => {
    const onward = connect(PORT, address);
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  }).listen(join(folder, `${n + 1}.sock`));
}
