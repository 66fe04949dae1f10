const many = Array.from({ length: 200000 }, (_, i) => i);
console.log(Math.max(...many));
