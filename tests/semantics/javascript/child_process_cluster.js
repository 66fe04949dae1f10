const cluster = require('cluster');
const http = require('http');
if (cluster.isPrimary) {
  const worker = cluster.fork({ ROLE: 'worker' });
  worker.on('listening', ({ port }) => {
    http.get({ port, host: '127.0.0.1', path: '/from-primary' }, (response) => {
      response.setEncoding('utf8').on('data', (data) => { console.log(data); worker.kill(); });
    });
  });
  cluster.on('exit', (worker, code, signal) => console.log('worker', worker.id, code, signal, cluster.isWorker));
} else {
  http.createServer((request, response) => response.end(`${process.env.ROLE} ${request.url}`)).listen(0, '127.0.0.1');
}
