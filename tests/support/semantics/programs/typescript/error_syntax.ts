const first: number = 1;
	const second: string = ;
console.log(first, second);
