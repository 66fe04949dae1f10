const answer = await fetch("http://127.0.0.1:5000/run", {
  method: "POST",
  headers: { Authorization: `Bearer ${process.env.TOKEN}`, "Content-Type": "application/json" },
  body: JSON.stringify({ code: "print(6 * 7)" }),
});
const result = await answer.json();
console.log(result.verdict, result.output);
