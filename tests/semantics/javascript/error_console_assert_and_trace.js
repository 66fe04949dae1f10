console.assert(true, 'not shown');
console.assert(false, 'shown %s', 'formatted', { a: 1 });
console.assert(false);
function traced() {
  console.trace('trace of %d', 5);
}
traced();
console.error(new Error('printed, not thrown'));
console.error('with object', { error: new TypeError('inside') });
