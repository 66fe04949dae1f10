// Loads the modules that a start-up snapshot in the image keeps for each start of Node.js.
//
// Debian builds Node without the snapshot that its makers ship, so each start would compile all of
// Node's boot code. These are Node's own modules for reading, compiling and starting a program and
// for writing its output. The list has only modules that a program cannot distinguish from freshly
// loaded ones.
'use strict';

for (const name of ['events', 'fs', 'module', 'net', 'path', 'stream', 'tty', 'url', 'util', 'vm']) {
  require(name);
}
