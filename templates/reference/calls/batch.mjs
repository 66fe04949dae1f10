async function call(url, options) {
  const headers = { Authorization: `Bearer ${process.env.TOKEN}`, "Content-Type": "application/json" };
  const answer = await fetch(url, { ...options, headers });
  return answer.json();
}

const programs = [{ code: "print(1)" }, { code: "console.log(2)", language: "javascript" }];
let batch = await call("http://127.0.0.1:5000/api/batches/", {
  method: "POST",
  body: JSON.stringify({ submissions: programs }),
});
while (!batch.done) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  batch = await call(batch.url);
}
for (const row of batch.submissions) {
  console.log(row.verdict, (await call(row.url)).output);
}
