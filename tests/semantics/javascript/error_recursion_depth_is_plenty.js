let depth = 0;
function dive() {
  depth++;
  dive();
}
try {
  dive();
} catch (error) {
  console.log(error instanceof RangeError, error.message, depth > 5000);
}
const nest = (n) => (n ? [nest(n - 1)] : []);
console.log(JSON.stringify(nest(1000)).length);
