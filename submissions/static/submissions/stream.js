// Reads an event stream that answers a POST; the browser's EventSource can only GET.

// Calls onEvent(name, data) for each event, until the stream ends.
export async function readEvents(response, onEvent) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const frames = text.split("\n\n");
    text = frames.pop();
    for (const frame of frames) {
      const found = /^event: (\w+)\ndata: (.*)$/s.exec(frame);
      if (found) onEvent(found[1], JSON.parse(found[2]));
    }
  }
}
