const { basename }: typeof import("path") = require("path");
console.log(basename(__filename), require.main === module);
