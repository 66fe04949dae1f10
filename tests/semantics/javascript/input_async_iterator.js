// stdin: "one\ntwo\nthree\n"
async function main() {
  const pieces = [];
  for await (const chunk of process.stdin) pieces.push(chunk);
  console.log(Buffer.concat(pieces).toString().trim().split('\n'));
}
main();
