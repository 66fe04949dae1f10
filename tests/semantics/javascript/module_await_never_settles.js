console.log('before');
const x = await new Promise(() => {});
console.log(x);
