const lines = require("fs").readFileSync(0, "utf8").trim().split("\n");
console.log(process.argv.slice(2), lines.map(Number).reduce((sum, n) => sum + n, 0));
