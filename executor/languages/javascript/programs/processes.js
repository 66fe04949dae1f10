const { spawn } = require("child_process");
for (let n = 0; n < 1000; n++) spawn("/bin/sleep", ["60"]).on("error", () => {});
