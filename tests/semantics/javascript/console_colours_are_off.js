const util = require('util');
console.log({ a: 1, b: 'text' }, util.inspect.defaultOptions.colors, process.stdout.hasColors, process.env.FORCE_COLOR, process.env.NO_COLOR);
console.log(util.inspect({ a: 1 }, { colors: true }), util.stripVTControlCharacters('\x1b[31mred\x1b[0m'));
console.error('\x1b[1mbold on stderr\x1b[0m');
