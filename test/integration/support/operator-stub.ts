/** What bed.test.ts has started in the operator's place: it says what it was given, and stays. */
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
