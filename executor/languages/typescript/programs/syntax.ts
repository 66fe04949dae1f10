console.log("begun");
const total: number = ;
