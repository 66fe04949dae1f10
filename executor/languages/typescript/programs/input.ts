import { readFileSync } from "node:fs";

const lines: string[] = readFileSync(0, "utf8").trim().split("\n");
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
console.log(process.argv.slice(1), sum(lines.map(Number)));
