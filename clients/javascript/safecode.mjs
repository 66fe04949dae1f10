// Run programs in the sandboxes of a Safe Code Executor. Needs only fetch: Node 18 or later, Deno, Bun, a browser.
//
//     import { Client } from "./safecode.mjs";
//     const run = await new Client().run("print(6 * 7)");
//     console.log(run.output, run.verdict);
//
// SAFE_CODE_URL and SAFE_CODE_TOKEN name the site and hold your API token; or give { url, token }.
// Names are those of the Python package `safecode`, fields those of the API.

const DEFAULT_URL = "http://127.0.0.1:5000";
const LONGEST_PAUSE = 60; // a longer Retry-After, as of a daily limit, is not waited for; seconds
const FIRST_PAUSE = 0.5; // after an attempt without an answer; the next ones are twice as long each
const WAIT_SECONDS = 30; // how long the site waits before it answers that a run has not ended yet
const PAGE = 50;
const INLINE_BYTES = 512 * 1024; // what the files of a request may have together within it; the rest is uploaded

// SafeCodeError
// ├── Refused           the request is wrong: `fields` names what
// │   ├── Unauthorized  the token is missing, unknown or of a frozen account
// │   └── NotFound      there is no such thing, or it is not yours
// ├── Busy              too many requests, or a full service, after all attempts: `retry_after`
// ├── Unreachable       no answer, or one that no Safe Code Executor gives
// └── Failed            `run.check()`: the program did not end well
export class SafeCodeError extends Error {
  get name() {
    return this.constructor.name;
  }
}
export class Refused extends SafeCodeError {
  constructor(detail, { status, code = "", fields = {} }) {
    super(detail);
    Object.assign(this, { status, code, fields });
  }
}
export class Unauthorized extends Refused {}
export class NotFound extends Refused {}
export class Busy extends SafeCodeError {
  constructor(detail, { code = "", retry_after = 1 }) {
    super(detail);
    Object.assign(this, { code, retry_after });
  }
}
export class Unreachable extends SafeCodeError {}
export class Failed extends SafeCodeError {
  constructor(run) {
    super(`${run.verdict}: ${run.error}`);
    this.run = run;
  }
}

// A run, with the fields of the API. A program wrote `output` and `stderr`: they can hold anything.
export class Run {
  constructor(answer, content) {
    Object.assign(this, answer);
    this.files = (answer.files ?? []).map((file) => new RunFile(file, content));
  }

  get ok() {
    return this.verdict === "ok";
  }

  // Return the run. Throws Failed unless its verdict is ok.
  check() {
    if (!this.ok) throw new Failed(this);
    return this;
  }
}

// A file that a run has given back: `name`, `size`, `type`, `sha256`, `url`. The program has chosen its name: it is no
// safe path.
export class RunFile {
  #content;

  constructor(answer, content) {
    Object.assign(this, answer);
    this.#content = content;
  }

  // Return its content, as a Uint8Array.
  async read() {
    return this.#content(this.url);
  }

  // The same for a page, as for URL.createObjectURL.
  async blob() {
    return new Blob([await this.read()], { type: this.type });
  }
}

// A client of one site, for one user. `attempts` bounds how often a request is sent, if the site is busy or the
// connection breaks. Each run has an idempotency key, so no attempt runs it twice.
export class Client {
  #token;

  constructor({ url, token, attempts = 5 } = {}) {
    const environment = globalThis.process?.env ?? {};
    this.url = (url || environment.SAFE_CODE_URL || DEFAULT_URL).replace(/\/+$/, "");
    this.attempts = attempts;
    this.#token = token || environment.SAFE_CODE_TOKEN;
    if (!this.#token) throw new SafeCodeError("Set SAFE_CODE_TOKEN to an API token, or give one as token.");
  }

  // Run a program and return its result, also if it failed. With `on_output(stream, text)` the output comes
  // while the program runs; if that throws, the run is ended. `files` are beside the program: each a File or Blob with
  // a name, { name, content } with a text, bytes or a Blob, an upload, or as the API takes it. Large ones are
  // uploaded before. With `outputs` the result has the files that the program leaves there. `session` is an id of
  // your own: the program has what the session's last run left in its names.
  async run(code, { on_output, key = crypto.randomUUID(), ...more } = {}) {
    const body = program({ code, ...more, files: await this.#sent(more.files ?? [], { left: INLINE_BYTES }) });
    const headers = { "Idempotency-Key": key };
    if (!on_output) return this.#run(await this.#json("POST", "/run", body, headers));
    return this.#streamed(body, headers, on_output);
  }

  // Queue programs: texts, or objects of what `run` takes. `common` is for all of them.
  async batch(programs, common = {}) {
    const room = { left: INLINE_BYTES };
    const submissions = [];
    for (const one of programs) {
      const given = { ...common, ...(typeof one === "string" ? { code: one } : one) };
      submissions.push(program({ ...given, files: await this.#sent(given.files ?? [], room) }));
    }
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const answer = await this.#json("POST", "/api/batches/", { submissions }, headers);
    return new Batch(this, answer.id, answer.submissions.map((one) => one.id));
  }

  // Look up a run; with `wait` when it has ended.
  async get(id, { wait = false } = {}) {
    const path = `/api/submissions/${encodeURIComponent(id)}/?wait=${wait ? WAIT_SECONDS : 0}`;
    for (;;) {
      const run = this.#run(await this.#json("GET", path));
      if (run.status === "finished" || !wait) return run;
    }
  }

  // End a run that is queued or under way.
  async cancel(id) {
    return this.#run(await this.#json("POST", `/api/submissions/${encodeURIComponent(id)}/cancel/`));
  }

  // Upload a file for any number of runs. The same one again is the same upload, so this may be repeated.
  async upload(file) {
    const path = `/api/files/?name=${encodeURIComponent(file.name)}`;
    return this.#json("POST", path, await bytesOf(file.content ?? file));
  }

  async cancel_batch(id) {
    await this.#json("POST", `/api/batches/${encodeURIComponent(id)}/cancel/`);
  }

  async languages() {
    return this.#json("GET", "/api/languages/");
  }

  // Yield your runs, newest first, without output.
  async *history() {
    const first = `/api/submissions/?page_size=${PAGE}`;
    for (let path = first; ; ) {
      const { results } = await this.#json("GET", path);
      for (const one of results) yield this.#run(one);
      if (results.length < PAGE) return;
      path = `${first}&older=${results.at(-1).id}`;
    }
  }

  async #streamed(body, headers, on_output) {
    const response = await this.#repeated(() =>
      this.#fetch("POST", "/run", body, { ...headers, Accept: "text/event-stream" }),
    );
    const id = (response.headers.get("Content-Location") ?? "").replace(/\/+$/, "").split("/").pop();
    const told = { stdout: 0, stderr: 0 };
    const tell = (stream, text) => {
      told[stream] += text.length;
      on_output(stream, text);
    };
    try {
      for await (const [name, data] of events(response)) {
        if (name === "result") return this.#run(data);
        if (name === "restart") told.stdout = told.stderr = 0; // its earlier output is void
        if (name === "stdout" || name === "stderr") tell(name, data.text);
      }
      // The stream broke. The same request with the same key runs nothing again.
      const run = this.#run(await this.#json("POST", "/run", body, headers));
      for (const [stream, text] of [["stdout", run.output], ["stderr", run.stderr]]) {
        if (text.length > told[stream]) tell(stream, text.slice(told[stream]));
      }
      return run;
    } catch (error) {
      await this.cancel(id).catch(() => {}); // it may have ended by itself
      throw error;
    }
  }

  #run(answer) {
    return new Run(answer, (url) => this.#content(url));
  }

  async #content(url) {
    if (!String(url).startsWith("/")) throw new Unreachable("The address of the file is none of this site.");
    return this.#repeated(async () => {
      const response = await this.#fetch("GET", url, undefined, { Accept: "*/*" });
      return new Uint8Array(await response.arrayBuffer());
    });
  }

  // Return files as the API takes them. `room` has the bytes that still fit into the request.
  async #sent(files, room) {
    const sent = [];
    for (const file of files) {
      if (file.content === undefined && !(file instanceof Blob)) {
        const { name, text, base64, id } = file;
        sent.push({ name, text, base64, id });
        continue;
      }
      const content = await bytesOf(file.content ?? file);
      if (content.length > room.left) {
        sent.push({ name: file.name, id: (await this.upload({ name: file.name, content })).id });
      } else {
        room.left -= content.length;
        sent.push({ name: file.name, base64: base64Of(content) });
      }
    }
    return sent;
  }

  async #json(method, path, body, headers) {
    return this.#repeated(async () => {
      const response = await this.#fetch(method, path, body, headers);
      try {
        return await response.json();
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error; // the connection broke
        throw new Unreachable(`${this.url} answers with something else than JSON.`);
      }
    });
  }

  // Send until there is an answer. Throws Busy or Unreachable after the last attempt.
  async #repeated(send) {
    for (let attempt = 1; ; attempt += 1) {
      let pause = FIRST_PAUSE * 2 ** (attempt - 1);
      try {
        return await send();
      } catch (error) {
        if (error instanceof Busy) pause = error.retry_after;
        else if (error instanceof SafeCodeError) throw error;
        else if (attempt >= this.attempts) throw new Unreachable(`${this.url} does not answer: ${error.message}`);
        if (attempt >= this.attempts || pause > LONGEST_PAUSE) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    }
  }

  async #fetch(method, path, body, headers = {}) {
    const isFile = body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      redirect: "error", // it would take the token along
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": isFile ? "application/octet-stream" : "application/json" }),
        ...headers,
      },
      body: body === undefined || isFile ? body : JSON.stringify(body),
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}

// Programs in the queue; `ids` are their runs, in the order of the programs.
export class Batch {
  constructor(client, id, ids) {
    Object.assign(this, { client, id, ids });
  }

  // Yield the runs in the order of the programs, each when it has ended.
  async *wait() {
    for (const id of this.ids) yield await this.client.get(id, { wait: true });
  }

  // End what has not ended.
  async cancel() {
    await this.client.cancel_batch(this.id);
  }
}

function program({ code, language = "python", stdin = "", args = [], limits, isolation, files, outputs, session }) {
  return { code, language, stdin, stdin_verbatim: true, args, limits, isolation, files, outputs, session };
}

// Return a text, bytes or a Blob as a Uint8Array.
async function bytesOf(content) {
  if (typeof content === "string") return new TextEncoder().encode(content);
  if (content instanceof Blob) return new Uint8Array(await content.arrayBuffer());
  if (ArrayBuffer.isView(content)) return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  return new Uint8Array(content);
}

function base64Of(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000)); // more are too many arguments
  }
  return btoa(text);
}

async function errorOf(response) {
  const body = await response.json().catch(() => ({}));
  const { detail = `The site answers ${response.status}.`, code, fields } = body ?? {};
  if ([429, 502, 503, 504].includes(response.status)) {
    const seconds = Number(response.headers.get("Retry-After") ?? 1); // NaN if a proxy sends a date
    return new Busy(detail, { code, retry_after: seconds >= 0 ? seconds : 1 });
  }
  const kind = { 401: Unauthorized, 403: Unauthorized, 404: NotFound }[response.status] ?? Refused;
  return new kind(detail, { status: response.status, code, fields });
}

// Yield name and data of each event, until the stream ends or breaks.
async function* events(response) {
  const decoder = new TextDecoder();
  let name = "";
  let rest = "";
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("data: ")) yield [name, JSON.parse(line.slice(6))];
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
