const log = [];
const proxy = new Proxy({ a: 1, list: [1] }, {
  get(target, key, receiver) { log.push(`get ${String(key)}`); return Reflect.get(target, key, receiver); },
  has(target, key) { return key === 'magic' || key in target; },
  set(target, key, value) { if (typeof value !== 'number') return false; target[key] = value; return true; },
  deleteProperty() { return false; },
  ownKeys() { return ['a', 'b', 'list']; },
  getOwnPropertyDescriptor() { return { enumerable: true, configurable: true, value: 1 }; },
});
proxy.b = 2;
console.log(proxy.a + proxy.b, 'magic' in proxy, Object.keys(proxy), { ...proxy }, log);
console.log(proxy, Reflect.ownKeys(class { static s = Symbol; }), Proxy.revocable({}, {}).proxy, Object.getOwnPropertyDescriptors({ get x() { return 1; } }));
const sealed = Object.seal({ a: 1 });
console.log(Object.isFrozen(Object.freeze([1])), Reflect.set(sealed, 'b', 1), new WeakMap([[sealed, 1]]).get(sealed), new WeakRef(sealed).deref() === sealed);
'use strict';
(() => { 'use strict'; proxy.c = 'text'; })();
