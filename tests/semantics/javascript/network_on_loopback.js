const net = require('net');
const http = require('http');
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    response.writeHead(201, { 'X-Own': 'yes' });
    response.end(JSON.stringify({ method: request.method, url: request.url, body }));
  });
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const response = await fetch(`http://127.0.0.1:${port}/path?q=1`, { method: 'POST', body: 'payload' });
  console.log(response.status, response.headers.get('x-own'), await response.json());
  server.close(); server.closeAllConnections();
  net.connect(port, '127.0.0.1').on('error', (error) => {
    console.log(error.code, error.syscall);
    overSocketFile();
  });
});
const overSocketFile = () => {
const local = net.createServer((socket) => socket.end('from the socket')).listen('/tmp/s', () => {
  net.connect('/tmp/s').on('data', (data) => { console.log(String(data)); local.close(); });
});
};
