// A tool for agents: runs one program and prints its result. Needs only Node 18 or later.
//
// TOKEN=sce_… node agent_tool.mjs http://127.0.0.1:5000 'console.log(2 + 2)'

const ATTEMPTS = 5;
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Returns verdict, output, stderr and error of the program, or the reason why it did not run.
export async function runCode(address, code, language = "javascript", stdin = "") {
  const request = {
    method: "POST",
    headers: {
      Authorization: `Bearer ${process.env.TOKEN}`,
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(), // a repetition runs nothing twice
    },
    body: JSON.stringify({ code, language, stdin }),
  };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${address}/run`, request);
    const body = await response.json();
    if (response.ok) {
      const { verdict, output, stderr, error } = body;
      return { verdict, output, stderr, error };
    }
    if (![429, 503].includes(response.status) || attempt === ATTEMPTS) {
      return { verdict: "not_run", error: body.detail };
    }
    await pause(Number(response.headers.get("Retry-After")));
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  console.log(JSON.stringify(await runCode(process.argv[2], process.argv[3]), null, 2));
}
