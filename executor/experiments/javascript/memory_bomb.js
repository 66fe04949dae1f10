// Eats memory, a MiB at a time. Node's own heap limit (--max-old-space-size) does not help:
// buffers live outside of the heap.
const kept = [];
for (let taken = 0; taken < 300; taken++) { // more than twice what is allowed
  kept.push(Buffer.alloc(1 << 20, 1));
  if (taken % 50 === 0) console.log(taken, 'MiB');
}

console.log('ATTEMPT take 300 MiB: succeeded (all of it is ours)');
