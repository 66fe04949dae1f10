// console.log keeps in memory what a slow reader has not taken yet; writeSync waits.
const fs = require("fs");
while (true) fs.writeSync(1, "x".repeat(1000));
