import { writeSync } from "fs";

const line: string = "x".repeat(1000);
while (true) writeSync(1, line);
