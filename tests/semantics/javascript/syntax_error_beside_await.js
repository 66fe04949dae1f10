const r = await Promise.resolve(5);
let total = 0;
for (let i = 0; i < r; i++ {
  total += i;
}
console.log(total);
