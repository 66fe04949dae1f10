const people = [{ name: 'Ann', age: 30 }, { name: 'Bob', age: 25 }, { name: 'Čeněk', age: 30 }];
console.log(Object.groupBy(people, ({ age }) => age));
console.log(people.toSorted((a, b) => a.age - b.age || b.name.localeCompare(a.name)).map(({ name }) => name));
console.log([10, 9, 1].sort(), [3, 1, 2].toReversed(), [1, 2, 3].with(1, 9), [1, 2, 3, 4].findLast((n) => n % 2));
console.log(new Set([1, 2, 3]).union(new Set([3, 4])), new Set('hello').intersection(new Set('lo')));
console.log(Map.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')), [3, [1, [2, [0]]]].flat(Infinity));
