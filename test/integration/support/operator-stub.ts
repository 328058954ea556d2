/** A stand-in that bed.test.ts starts instead of the operator: it prints its arguments, and stays. */
const [, , ...args] = process.argv;
if (args[0] === 'fail') throw new Error('on purpose');
console.log(
  JSON.stringify({
    level: 30,
    msg: 'hello',
    kubeconfig: process.env['KUBECONFIG'],
    args,
    b: process.env['B'],
  }),
);
console.log(JSON.stringify({ level: 30, msg: 'ready' }));
setInterval(() => {}, 1000);
