console.log("begun");

enum Color { Red, Green }
