const text = 'naïve 👩‍👩‍👧 café';
console.log(text.length, [...text].length, [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length);
console.log(text.normalize('NFD').length, text.at(-1), text.codePointAt(6).toString(16), encodeURIComponent('é &'), text.isWellFormed());
console.log('straße'.toUpperCase(), 'İ'.toLowerCase().length, 'a-b_c'.split(/[-_]/), 'x'.padStart(3, 'ab'), '%'.repeat(3));
console.log('2026-03-29'.replace(/(?<y>\d+)-(?<m>\d+)/u, '$<m>/$<y>'), [...'a1b22'.matchAll(/\d+/g)].map((m) => m.index));
console.log('\ud800'.isWellFormed(), JSON.stringify('\ud800'), escape('ü'), `${[1, [2, 3]]}`, String(Symbol('s')));
