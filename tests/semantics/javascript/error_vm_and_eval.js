const vm = require('vm');
try { vm.runInNewContext('\n\nthrow new TypeError("in vm")', {}, 'inner.js'); } catch (error) { console.log(error instanceof TypeError, error.stack.split('\n').slice(0, 6).join('\n')); }
try { eval('let x = 1;\nlet y = ;'); } catch (error) { console.log(error.name, error.message, error.stack.split('\n')[0]); }
try { new Function('a', 'return a b'); } catch (error) { console.log(error.message); }
try { vm.runInThisContext('while (true) {}', { timeout: 30 }); } catch (error) { console.log(error.code, error.message); }
vm.runInThisContext('function f() { missing(); }\nf();', { filename: '/tmp/named.js' });
