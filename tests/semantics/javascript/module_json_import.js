import fs from 'node:fs';
fs.writeFileSync('/tmp/d.json', '{"a": [1]}');
const { default: data } = await import('/tmp/d.json', { with: { type: 'json' } });
console.log(data);
await import('/tmp/d.json');
