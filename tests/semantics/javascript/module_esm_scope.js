import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as path from 'node:path';

console.log(import.meta.url, import.meta.filename, import.meta.dirname, fileURLToPath(import.meta.url));
console.log(typeof require, typeof module, typeof __filename, this, typeof exports, path.basename(process.argv[1]));
console.log(import.meta.resolve('./x.js'), import.meta.resolve('fs'), Object.keys(import.meta).sort(), fs.existsSync('/app/script.js'));
export const exported = 1;
export default function named() {}
console.log(typeof named, (() => { try { undeclared = 1; } catch (error) { return error.message; } })());
