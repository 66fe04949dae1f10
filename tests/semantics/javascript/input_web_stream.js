// stdin: "web stream\n"
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const stream = Readable.toWeb(process.stdin);
console.log(stream.locked, JSON.stringify(await text(stream)));
