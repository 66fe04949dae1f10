console.log(JSON.stringify({ u: undefined, f() {}, n: null, d: new Date(0), nan: NaN, nested: { toJSON: () => 'own' }, s: '\u2028"\\' }, null, '\t'), JSON.stringify([undefined, Symbol()]), JSON.stringify({ b: 1, a: 2 }, ['a']), JSON.parse('[1,{"x":2}]', (key, value) => (typeof value === 'number' ? value + 1 : value)));
console.log('aBc'.replace(/b/i, (m) => `[${m}]`), /(?<=\$)\d+/.exec('cost $42')[0], 'x1y2'.replaceAll(/\d/g, '#'), /^\p{Lu}/u.test('Éa'), [...'a,b;c'.split(/([,;])/)], /a(?<n>.)/d.exec('xab').indices.groups.n, /[\p{L}--[a-z]]/v.test('É'), 'aaa'.lastIndexOf('a'));
const sticky = /a/y; sticky.lastIndex = 1;
console.log(sticky.test('ba'), sticky.lastIndex, RegExp.escape('a.b'), /./s.flags, new RegExp('/').source, 'abc'.search(/c/), 'A-B'.match(/(\w)-(\w)/).slice(1), 'x'.match(/y/));
const circular = {}; circular.me = circular;
JSON.stringify(circular);
