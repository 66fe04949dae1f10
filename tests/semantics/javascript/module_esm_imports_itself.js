import * as self from '/app/script.js';

export const value = 42;
export let live = 0;
live++;
console.log(self.value, self.live, Object.keys(self), self[Symbol.toStringTag]);
live++;
console.log(self.live);
try {
  self.live = 5;
} catch (error) {
  console.log(error.message);
}
