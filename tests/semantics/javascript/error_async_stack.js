async function level3() { await new Promise((resolve) => setImmediate(resolve)); throw new Error('deep'); }
async function level2() { await level3(); }
async function level1() { try { await level2(); } finally { console.log('finally'); } }
level1();
