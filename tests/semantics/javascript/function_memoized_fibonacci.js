const memo = new Map();
const fibonacci = (n) => {
  if (n < 2n) return n;
  if (!memo.has(n)) memo.set(n, fibonacci(n - 1n) + fibonacci(n - 2n));
  return memo.get(n);
};
console.log(fibonacci(300n), memo.size);
console.log(Number(fibonacci(100n)), String(fibonacci(60n)), 5n / 2n, -5n % 3n, 2n ** 64n);
