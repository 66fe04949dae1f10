// stdin: "some text\nof two lines é🎉\n"
let received = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => (received += chunk));
process.stdin.on('end', () => console.log('end', JSON.stringify(received), process.stdin.readableEnded));
process.stdin.on('close', () => console.log('close'));
console.log(process.stdin.isTTY, process.stdin.fd, process.stdin.constructor.name, process.stdin.readableFlowing);
