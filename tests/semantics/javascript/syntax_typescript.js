interface Person { name: string }
const ann: Person = { name: 'Ann' };
console.log(ann.name as string);
