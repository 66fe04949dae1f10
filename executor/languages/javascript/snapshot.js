// What Node.js has loaded when it starts in a sandbox, made into a start-up snapshot in the image.
//
// Debian builds Node without the snapshot that its makers ship it with, so each start would compile
// all that Node does to boot. These are the modules of Node's own that reading, compiling and
// starting a program and writing its output go through; only those that no program can tell from
// freshly loaded ones.
'use strict';

for (const name of ['events', 'fs', 'module', 'net', 'path', 'stream', 'tty', 'url', 'util', 'vm']) {
  require(name);
}
