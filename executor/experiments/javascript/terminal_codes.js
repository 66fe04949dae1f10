// What you print, somebody reads: in a terminal, in a log. There, bytes can do things: set the
// window's title, move the cursor, hide text, paint a fake prompt.
process.stdout.write('\x1b]0;I was here\x07'); // the window's title
process.stdout.write('\x1b[2J\x1b[H'); // an empty screen
console.log('\x1b[8mhidden\x1b[0m');
console.log('user\u202enimda\u202c'); // right-to-left override: looks like something else
console.log('ATTEMPT send codes to your terminal: blocked (if you see no code here, they were taken out)');
