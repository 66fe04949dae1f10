const kept = [];
while (true) kept.push(Buffer.alloc(10_000_000, 1));
