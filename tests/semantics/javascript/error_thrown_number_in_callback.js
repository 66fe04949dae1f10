setImmediate(() => { throw 42; });
