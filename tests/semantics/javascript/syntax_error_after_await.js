console.log(await Promise.resolve(1));
let a = ;
