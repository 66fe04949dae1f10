function inner() {
  return new Error('traced').stack;
}
const outer = () => [1].map(() => inner())[0];
console.log(outer());
class Thing {
  static make() { return new Thing(); }
  constructor() { console.log(new Error('in constructor').stack.split('\n').slice(0, 4).join('\n')); }
  get value() { return new Error('in getter').stack.split('\n')[1]; }
  async later() { await null; return new Error('in async').stack; }
}
console.log(Thing.make().value, eval('new Error("in eval").stack.split("\\n")[1]'));
new Thing().later().then(console.log);
setTimeout(() => console.log(new Error('in timer').stack), 1);
process.nextTick(() => console.log(new Error('in tick').stack));
