const pattern = /(unclosed/;
console.log(pattern);
