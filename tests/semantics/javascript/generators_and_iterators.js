function* numbers() {
  try {
    const got = yield 1;
    console.log('got', got);
    yield* [2, 3];
    return 4;
  } finally {
    console.log('closed');
  }
}
const g = numbers();
console.log(g.next(), g.next('x'), g.next(), g.next(), g.next());
for (const n of numbers()) if (n === 2) break;
try { numbers().throw(new Error('thrown in')); } catch (error) { console.log(error.message); }
console.log([...new Map([[1, { a: 1 }]]).entries()], Array.from({ length: 2, 0: 'a', 1: 'b' }), Object.fromEntries(new URLSearchParams('a=1&b=2')));
async function* later() { yield await 1; yield 2; }
(async () => { for await (const n of later()) console.log(n); console.log(await Array.fromAsync(later())); })();
const [a, , b = 5, ...rest] = new Set([1, 2]);
console.log(a, b, rest, Iterator.from([1, 2, 3]).drop(1).some((n) => n > 2));
const [x] = {};
