const odd = { get message() { throw new Error('getter'); }, toString() { throw new Error('toString'); } };
try { `${odd}`; } catch (error) { console.log(error.message); }
const error = new Error('base');
Object.defineProperty(error, 'stack', { get() { throw new Error('stack getter'); } });
try { console.log(error.stack); } catch (inner) { console.log(inner.message); }
const changed = new Error('before');
changed.message = 'after';
changed.name = 'Renamed';
changed.extra = [1, 2];
throw changed;
