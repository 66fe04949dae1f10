console.log("begun");
setTimeout(() => {}, 60_000);
