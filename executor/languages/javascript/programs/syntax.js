console.log("begun";
