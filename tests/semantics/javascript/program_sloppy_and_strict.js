function sloppy() {
  undeclared = 1;
  return [this === globalThis, typeof undeclared, arguments.length];
}
function strict() {
  'use strict';
  return [this, (() => { try { undeclared2 = 1; } catch (error) { return String(error); } })()];
}
console.log(sloppy(1, 2), strict(), typeof hoisted, hoisted2());
var hoisted = 1;
function hoisted2() { return 'hoisted'; }
{ function inBlock() { return 'block'; } }
console.log(inBlock(), [1, 2, 3].map(parseInt), 0.1 + 0.2, [] + {}, [] == false, null ?? 'x', typeof null, -0 === 0, Object.is(-0, 0));
let late;
try { early; let early; } catch (error) { console.log(error.name, error.message); }
label: for (const i of [1, 2]) { for (const j of [1, 2]) { if (j === 2) continue label; console.log(i, j); } }
console.log(late, eval('1 + 1'), new Function('a', 'return a * 2')(4), void 0);
undefinedFunction();
