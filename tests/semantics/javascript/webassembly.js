const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
(async () => {
  const { instance, module } = await WebAssembly.instantiate(bytes);
  console.log(instance.exports.add(2, 40), WebAssembly.Module.exports(module), WebAssembly.validate(new Uint8Array([1])), instance.exports.add.name);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  console.log(memory.grow(1), memory.buffer.byteLength);
  const trap = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
  (await WebAssembly.instantiate(trap)).instance.exports.t();
})();
