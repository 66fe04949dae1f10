interface User {
  name: string;
}

const users: Map<string, User> = new Map();
console.log(users.get("Ann")!.name);
