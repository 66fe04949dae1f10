process.removeAllListeners('warning'); // its text has the process id
console.log('%s is %d years and %i, %f, %j, %o, %O, %%, %c styled', 'Ann', 30.5, 30.5, '1.5', { a: 1 }, [1], { b: 2 }, 'color: red', 'extra', 7);
console.info('info'); console.debug('debug'); console.warn('warn'); console.error('error');
console.group('group');
console.log('indented\ntwice');
console.group();
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.groupEnd(); console.groupEnd(); console.groupEnd();
console.table([[1, 2], [3, 4]], ['1']); console.table(new Map([['k', 1]])); console.table(5);
console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.countReset('none');
console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.timeEnd('nothing'); console.log(); console.log(undefined, null, true, '', -0, 'quoted', ['quoted'], Symbol('s'), 5n, () => {}, class A {});
console.log(typeof console.time, Object.keys(console).sort().join(), console[Symbol.toStringTag]);
