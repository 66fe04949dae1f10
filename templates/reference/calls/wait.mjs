async function call(url, options = {}) {
  const headers = { Authorization: `Bearer ${process.env.TOKEN}`, "Content-Type": "application/json" };
  const answer = await fetch(url, { ...options, headers: { ...headers, ...options.headers } });
  return answer.json();
}

let run = await call("http://127.0.0.1:5000/run", {
  method: "POST",
  headers: { Prefer: "respond-async" },
  body: JSON.stringify({ code: "print(6 * 7)" }),
});
const { url } = run;
while (run.status !== "finished") {
  run = await call(`${url}?wait=10`); // answers at the end of the run, or after ten seconds
}
console.log(run.verdict, run.output);
