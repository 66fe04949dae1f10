// Reads an event stream that answers a POST; the browser's EventSource can only GET.

// The service sends at least a comment each second.
const SILENCE = 15_000; // milliseconds

// Calls onEvent(name, data) for each event, until the stream ends. Throws a TypeError if the connection breaks
// or is silent for SILENCE.
export async function readEvents(response, onEvent) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await soon(reader);
    if (done) return;
    const frames = (text + value).split("\n\n");
    text = frames.pop();
    for (const frame of frames) {
      const found = /^(?:retry: \d+\n)?event: (\w+)\ndata: (.*)$/s.exec(frame);
      if (found) onEvent(found[1], JSON.parse(found[2]));
    }
  }
}

async function soon(reader) {
  let timer;
  const silence = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new TypeError("the stream is silent")), SILENCE);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    reader.cancel(error).catch(() => {}); // the connection has broken already
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
