console.log(2n ** 100n, BigInt('0xff'), BigInt.asIntN(8, 200n), typeof 1n, 1n < 2, 2n == 2, [3n, 1, 2n].sort(), JSON.stringify({ a: 1 }));
console.log((1234.5678).toFixed(2), (0.000001234).toString(), 1e21, (255).toString(2), Number.MAX_SAFE_INTEGER + 2, parseInt('12px'), Number(''), Number('0b11'), +[], (25).toString(36), 0.1 * 3);
console.log(Math.sign(-3), Math.hypot(3, 4), Math.clz32(1), Math.fround(5.5), Math.round(-0.5), Math.max(), 5 % -3, -5 % 3, 7 / 0, 2 ** -1, ~~5.7, 1 << 31, 1 >>> 0, -1 >>> 0);
console.log(Number.parseFloat('1.5e3x'), (1e21 + 1).toLocaleString('en'), (12.345).toPrecision(3), (0).toExponential(2), Number.EPSILON > 0, isNaN('x'), Number.isNaN('x'));
try { JSON.stringify({ a: 1n }); } catch (error) { console.log(error.message); }
1n + 1;
