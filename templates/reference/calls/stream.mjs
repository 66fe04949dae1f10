const answer = await fetch("http://127.0.0.1:5000/run", {
  method: "POST",
  headers: {
    Authorization: `Bearer ${process.env.TOKEN}`,
    "Content-Type": "application/json",
    Accept: "text/event-stream",
  },
  body: JSON.stringify({ code: "for i in range(3): print(i)" }),
});
let text = "";
for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
  const frames = (text + piece).split("\n\n");
  text = frames.pop(); // the last one is not complete yet
  for (const frame of frames) {
    const [, event, data] = frame.match(/^event: (.*)\ndata: (.*)$/m) ?? [];
    if (event === "stdout" || event === "stderr") process.stdout.write(JSON.parse(data).text);
    if (event === "result") console.log(JSON.parse(data).verdict);
  }
}
