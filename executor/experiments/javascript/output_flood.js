// Prints without end. Output has to go somewhere: into the memory of its reader, or, as Docker
// does by default, into a log file on the host's disk, outside of every limit.
for (let n = 0; n < 1000; n++) process.stdout.write('x'.repeat(1000));

console.log('\nATTEMPT print 1 MB: succeeded (all of it was taken)');
