function* primes(limit) {
  const composite = new Uint8Array(limit + 1);
  for (let n = 2; n <= limit; n++) {
    if (composite[n]) continue;
    yield n;
    for (let m = n * n; m <= limit; m += n) composite[m] = 1;
  }
}
const all = [...primes(100000)];
console.log(all.length, all.at(-1), all.slice(0, 10).join(' '));
console.log(primes(30).filter((n) => n % 4 === 1).map((n) => n * n).take(3).toArray());
