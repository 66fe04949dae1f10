const buffer = Buffer.from('héllo');
console.log(buffer, buffer.length, buffer.toString('hex'), buffer.toString('base64url'), Buffer.concat([buffer, Buffer.from([1, 2])]).subarray(4), buffer.indexOf('l'), Buffer.byteLength('€'), buffer.equals(Buffer.from('68c3a96c6c6f', 'hex')), Buffer.compare(Buffer.from('a'), Buffer.from('b')));
const view = Buffer.alloc(8);
view.writeInt32BE(-5, 0); view.writeFloatLE(1.5, 4);
console.log(view, view.readInt32BE(0), view.readUInt16LE(6), view.swap32(), JSON.stringify(Buffer.from('a')), Buffer.from([256, -1, 3.7]), buffer.slice(1, 3).toString(), Buffer.from('ff', 'latin1'), buffer.at(-1), Buffer.poolSize);
const typed = new Float64Array([1.5, NaN]); const data = new DataView(typed.buffer);
console.log(typed, data.getUint8(7), new Uint8ClampedArray([300, -5]), new BigInt64Array(2), typed.buffer.resizable, new ArrayBuffer(8, { maxByteLength: 16 }).resizable, Uint8Array.from('123', Number), new Blob(['abc']).size, structuredClone(new Uint8Array([1])), buffer.buffer instanceof ArrayBuffer);
view.readInt32BE(6);
