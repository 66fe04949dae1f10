// A program that can reach Docker is root on the host: `docker run --privileged -v /:/host` is
// enough. Many containers have the socket inside, "because the tool needs it".
const { existsSync } = require('fs');
const { request } = require('http');

const paths = ['/var/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock', '/host'];
for (const path of paths)
  console.log(`ATTEMPT find ${path}: ${existsSync(path) ? 'succeeded' : 'blocked (it is not there)'}`);

request({ socketPath: paths[0], path: '/info' }, () => console.log('ATTEMPT ask Docker: succeeded'))
  .on('error', error => console.log(`ATTEMPT ask Docker: blocked (${error.code})`))
  .end();
