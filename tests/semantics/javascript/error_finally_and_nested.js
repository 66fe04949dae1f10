function f() {
  try { throw new Error('lost'); } finally { return 'from finally'; }
}
console.log(f());
try {
  try { throw new Error('a'); } catch { throw new Error('b'); } finally { console.log('cleanup'); }
} catch ({ message }) { console.log(message); }
{
  using resource = { [Symbol.dispose]() { console.log('disposed'); throw new Error('in dispose'); } };
  console.log('body');
  throw new Error('in body');
}
