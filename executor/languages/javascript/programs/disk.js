const fs = require("fs");
const file = fs.openSync("/tmp/file", "w");
while (true) fs.writeSync(file, Buffer.alloc(1_000_000));
