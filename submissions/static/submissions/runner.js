// Runs a program: at once if there is a place, otherwise through the queue, and shows nothing of it itself.
//
//   start ──► stream of POST /run ──► output, result
//     │ full                 ▲ │ connection lost
//     ▼                      │ ▼
//   POST with respond-async ──► queued: poll ──► running: events/, or poll if there are too many streams
//
// All requests of one run carry one Idempotency-Key. So a request that is repeated, because its answer was lost
// or the service was full, never runs the program twice, and a run outlives its connection.

import { readEvents } from "./stream.js";

// Refusals that the queue helps against. The person's own limit on runs at once is one of them.
const FULL = ["busy", "too_many_runs", "too_many_streams"];
const PATIENCE = 300_000; // milliseconds of attempts to hand over the program
const LONGEST_WAIT = 90_000; // milliseconds; a longer Retry-After is for the person to decide
const LOST_AFTER = 60_000; // milliseconds without any answer
const UNREACHABLE_AFTER = 5_000; // the same, before the program was handed over
// Milliseconds between two polls. While a run waits, they depend on its place, so that a class asks no more
// often than the queue moves.
const FIRST_PAUSE = 200;
const PAUSE_FOR_EACH_PLACE = 100;
const LONGEST_PAUSE = 3_000;
const RUNNING_PAUSE = 1_000;

// A reason to stop that the person sees.
class Refused extends Error {
  constructor(reason) {
    super(reason.detail);
    this.reason = reason;
  }
}

class Lost extends Error {}

export class Runner {
  #url;
  #csrf;
  #on = {};
  #address = null; // of the submission
  #isActive = false;
  #isStopping = false;
  #endPause = null;

  // `url` is that of POST /run; `csrf` is the token of the page's form, or a function that returns it.
  constructor({ url, csrf }) {
    this.#url = url;
    this.#csrf = typeof csrf === "function" ? csrf : () => csrf;
  }

  get isActive() {
    return this.#isActive;
  }

  // Runs a program (the body of POST /run) and resolves at its end, after one of these callbacks:
  //   result(result)    the program has ended
  //   stopped()         the person stopped it before it began
  //   refused({status, code, detail, fields, retryAfter})
  //   lost(address)     no connection; the address is null if the program has not been handed over
  // Before it: queued(place) with null for an unknown place, started(address), output(stream, text), restart()
  // if the output begins again, and if the page has them waiting(seconds, detail), reconnecting(), and of an
  // interactive run typed(text), what it was sent, and awaits(whether), if it seems to wait for input.
  start(program, on) {
    return this.#guard(on, async () => {
      const taken = await this.#handOver(program);
      if (!taken) return on.stopped();
      this.#address = taken.address;
      return this.#watch(taken.stream);
    });
  }

  // Follows a submission that exists, with the same callbacks.
  attach(address, on) {
    return this.#guard(on, () => {
      this.#address = address;
      return this.#watch(null);
    });
  }

  // Ends the run, or takes it from the queue. The callback result or stopped follows.
  stop() {
    if (!this.#isActive) return;
    this.#isStopping = true;
    if (this.#address) this.#cancel();
    this.#endPause?.();
  }

  // Sends input to an interactive run. Resolves to null, or to the reason why it has not taken it.
  async type(text, end) {
    const address = `${this.#address}stdin/`;
    try {
      // Once: input that arrived, though its answer was lost, would come twice.
      const response = await this.#post(address, { text, end }, { Accept: "application/json" }, 0);
      return response.ok ? null : (await reasonOf(response)).detail;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return "The connection broke. What you see in the output has arrived.";
    }
  }

  // Ends an interactive run, as its page is closed: nobody can type to it any more.
  leave() {
    if (!this.#isActive || !this.#address) return;
    const headers = { "X-CSRFToken": this.#csrf() };
    fetch(`${this.#address}cancel/`, { method: "POST", headers, keepalive: true });
  }

  async #guard(on, work) {
    if (this.#isActive) throw new Error("a program runs already");
    this.#isActive = true;
    this.#isStopping = false;
    this.#address = null;
    this.#on = on;
    let end = () => {};
    try {
      await work();
    } catch (error) {
      if (error instanceof Refused) end = () => on.refused(error.reason);
      else if (!(error instanceof Lost)) throw error;
      else if (this.#isStopping && !this.#address) end = on.stopped;
      else end = () => on.lost(this.#address);
    } finally {
      this.#isActive = false;
    }
    end();
  }

  // Sends the program until the service has taken it. Returns the submission's address and the stream of its
  // events, null if it is queued; or null if the person stops it before.
  async #handOver(program) {
    const key = newKey();
    const giveUp = Date.now() + PATIENCE;
    const unread = this.#patience();
    let isQueued = false;
    while (!this.#isStopping) {
      const response = await this.#post(this.#url, program, {
        "Idempotency-Key": key,
        ...(isQueued ? { Prefer: "respond-async" } : { Accept: "text/event-stream" }),
      }, UNREACHABLE_AFTER);
      if (response.ok) {
        const taken = await takenOf(response);
        if (taken) return taken;
        await unread();
        continue;
      }
      const reason = await reasonOf(response);
      if (!isQueued && FULL.includes(reason.code)) {
        isQueued = true;
        this.#on.queued(null);
        continue;
      }
      const wait = reason.retryAfter * 1000;
      if (![429, 503].includes(reason.status) || !wait || wait > LONGEST_WAIT || Date.now() + wait > giveUp) {
        throw new Refused(reason);
      }
      this.#on.queued(null);
      this.#on.waiting?.(reason.retryAfter, reason.detail);
      // The pages of a class must not all come back in the same moment.
      await this.#pause(wait + Math.random() * Math.min(wait, 2000));
    }
    return null;
  }

  // Follows the submission until its end. `stream` is an answer that has its events.
  async #watch(stream) {
    const seen = { isStarted: false, hasOutput: false };
    for (let pause = FIRST_PAUSE; ; pause *= 1.5) {
      const result = stream && (await this.#follow(stream, seen));
      if (result) return this.#end(result, seen, true);
      const submission = await this.#read(this.#address);
      if (submission.status === "finished") return this.#end(submission, seen, false);
      if (this.#isStopping) await this.#cancel();
      const wasStream = Boolean(stream);
      stream = null;
      let longest = RUNNING_PAUSE;
      if (submission.status === "running") {
        this.#begin(seen);
        stream = await this.#events();
      } else {
        const place = submission.place_in_queue ?? null;
        this.#on.queued(place);
        longest = Math.min(FIRST_PAUSE + PAUSE_FOR_EACH_PLACE * (place ?? 1), LONGEST_PAUSE);
      }
      if (stream && !wasStream) continue;
      await this.#pause(Math.min(pause, longest) * (0.8 + 0.4 * Math.random()));
    }
  }

  #begin(seen) {
    if (!seen.isStarted) this.#on.started(this.#address);
    seen.isStarted = true;
  }

  // Passes on the output of a stream. Returns the result; null if the stream ended or broke before.
  async #follow(response, seen) {
    let result = null;
    this.#begin(seen);
    if (this.#isStopping) this.#cancel();
    if (seen.hasOutput) this.#on.restart(); // a stream has the output from the beginning
    seen.hasOutput = false;
    try {
      await readEvents(response, (name, data) => {
        if (name === "result") result = data;
        else if (name === "restart") this.#on.restart();
        else if (name === "waiting" || name === "working") this.#on.awaits?.(name === "waiting");
        else if (name === "stdin") {
          seen.hasOutput = true;
          this.#on.typed?.(data.text);
        } else if (name === "stdout" || name === "stderr") {
          seen.hasOutput = true;
          this.#on.output(name, data.text);
        }
      });
    } catch (error) {
      if (!isBroken(error)) throw error;
      if (!result) this.#on.reconnecting?.();
    }
    return result;
  }

  #end(result, seen, isComplete) {
    if (this.#isStopping && result.started === null) return this.#on.stopped();
    this.#begin(seen);
    if (!isComplete) {
      if (seen.hasOutput) this.#on.restart();
      if (result.output) this.#on.output("stdout", result.output);
      if (result.stderr) this.#on.output("stderr", result.stderr);
    }
    return this.#on.result(result);
  }

  // Returns the stream of the submission's events; null if there are too many streams.
  async #events() {
    const response = await this.#get(`${this.#address}events/`, "text/event-stream");
    return response.ok ? response : null;
  }

  async #read(address) {
    const unread = this.#patience();
    for (;;) {
      const response = await this.#get(address, "application/json");
      if (response.ok) {
        const submission = await jsonOf(response);
        if (submission) return submission;
        await unread();
        continue;
      }
      const reason = await reasonOf(response);
      if (reason.status === 404) throw new Lost();
      if (reason.status !== 429 && reason.status < 500) throw new Refused(reason);
      await this.#pause(Math.max(1, Math.min(reason.retryAfter, 10)) * 1000);
    }
  }

  // A refusal means that it has ended, which the next look at the submission shows.
  async #cancel() {
    await this.#post(`${this.#address}cancel/`, {}, { Accept: "application/json" }, UNREACHABLE_AFTER).catch(
      (error) => {
        if (!(error instanceof Lost)) throw error;
      },
    );
  }

  #get(address, accept) {
    return this.#fetch(address, { headers: { Accept: accept } }, LOST_AFTER);
  }

  #post(address, body, headers, patience) {
    const options = {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#csrf(), ...headers },
      body: JSON.stringify(body),
    };
    return this.#fetch(address, options, patience);
  }

  // Repeats a request while there is no connection; throws Lost after `patience` milliseconds.
  async #fetch(address, options, patience) {
    const giveUp = Date.now() + patience;
    for (let pause = 250; ; pause = Math.min(pause * 2, 5000)) {
      try {
        return await fetch(address, { cache: "no-store", ...options });
      } catch (error) {
        if (!isBroken(error)) throw error;
        if (Date.now() + pause > giveUp) throw new Lost();
        this.#on.reconnecting?.();
        await this.#pause(pause);
      }
    }
  }

  // Returns a function that waits after an answer that cannot be read, and throws Lost if they do not end.
  #patience() {
    let giveUp = 0;
    return async () => {
      giveUp ||= Date.now() + LOST_AFTER;
      if (Date.now() > giveUp) throw new Lost();
      this.#on.reconnecting?.();
      await this.#pause(RUNNING_PAUSE);
    };
  }

  // Waits; `stop`, and a connection that is back, end it early.
  #pause(milliseconds) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        removeEventListener("online", end);
        this.#endPause = null;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      addEventListener("online", end);
      this.#endPause = end;
    });
  }
}

// fetch and its readers throw a TypeError when the connection breaks.
function isBroken(error) {
  return error instanceof TypeError || error.name === "AbortError";
}

// Without randomUUID, which needs HTTPS.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Behind a proxy the service may not know its own host.
function pathOf(url) {
  return new URL(url, location.href).pathname;
}

// Returns what an answer holds; null if it breaks off, or something between here and the site has answered.
async function jsonOf(response) {
  try {
    return await response.json();
  } catch (error) {
    if (isBroken(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function takenOf(response) {
  if (response.status === 202) {
    const queued = await jsonOf(response);
    return queued && { address: pathOf(queued.url), stream: null };
  }
  const address = response.headers.get("Content-Location");
  return address && { address: pathOf(address), stream: response };
}

async function reasonOf(response) {
  const body = await response.json().catch(() => ({}));
  return {
    status: response.status,
    code: body.code ?? "",
    detail: body.detail ?? "",
    fields: body.fields ?? (response.status === 400 && !body.detail ? body : {}),
    retryAfter: Number(response.headers.get("Retry-After")) || 0, // seconds
  };
}
