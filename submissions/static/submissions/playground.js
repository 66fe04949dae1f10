// The playground: runs the form's program and shows its output while it comes.

import { makeEditor } from "./editor.js";
import { PlainStream, plainText } from "./plaintext.js";
import { readEvents } from "./stream.js";

const form = document.querySelector("#program");
const fields = form.elements;
const get = (id) => document.getElementById(id);
const [runButton, stopButton, status] = [get("run"), get("stop"), get("status")];
const panels = { stdout: get("stdout"), stderr: get("stderr") };
const verdicts = JSON.parse(get("verdicts").textContent);
const chosenLanguage = () => fields.language.selectedOptions[0];
const made = makeEditor(fields.code, chosenLanguage());

// Codes of refusals that are temporary. The page retries for a minute, after the time in Retry-After plus
// a random delay, so that the pages of a class do not retry all at once.
const PASSING = ["busy", "too_many_runs", "too_many_streams"];
const PATIENCE = 60_000; // milliseconds
const LONGEST_PAUSE = 5_000; // milliseconds

let address = null; // the URL of the running submission
let countdown = null;
let endPause = null; // ends the pause before the next attempt; endPause(false) gives up

function program() {
  return {
    code: fields.code.value,
    language: fields.language.value,
    stdin: fields.stdin.value,
    args: fields.args.value.split("\n").filter((line) => line),
    read_only: fields.read_only.checked,
  };
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function setStatus(...nodes) {
  status.replaceChildren(...nodes);
}

function problem(text, ...more) {
  setStatus(element("span", "badge problem", "Not run"), " ", text, ...more);
}

async function post(where, body, accept) {
  return fetch(where, {
    method: "POST",
    headers: {
      Accept: accept,
      "Content-Type": "application/json",
      "X-CSRFToken": fields.csrfmiddlewaretoken.value,
    },
    body: JSON.stringify(body),
  });
}

async function run() {
  if (runButton.disabled) return;
  clear();
  setRunning(true);
  setStatus(element("span", "badge", "Running"), " …");
  let result = null;
  try {
    const response = await begin();
    if (!response) {
      problem("You stopped it before it began.");
      return;
    }
    if (!response.ok) {
      await explain(response);
      return;
    }
    address = response.headers.get("Content-Location");
    stopButton.disabled = false;
    const streams = { stdout: new PlainStream(), stderr: new PlainStream() };
    await readEvents(response, (name, data) => {
      if (name === "result") result = data;
      else if (name in panels) append(panels[name], streams[name].push(data.text));
    });
    if (!result) throw new TypeError("the stream ended too early");
    show(result);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    lost();
  } finally {
    setRunning(false);
  }
}

// Sends the program, and again while it is refused for a passing reason. Returns the last answer; null if
// the user stops it.
async function begin() {
  const sent = program();
  const end = Date.now() + PATIENCE;
  for (let attempt = 0; ; attempt += 1) {
    const response = await post(form.dataset.run, sent, "text/event-stream");
    const pause = response.ok ? null : await pauseAfter(response.clone(), attempt);
    if (pause === null || Date.now() + pause > end) return response;
    setStatus(element("span", "badge", "Waiting for a free slot"), " …");
    stopButton.disabled = false;
    const continues = await new Promise((resolve) => {
      endPause = resolve;
      setTimeout(resolve, pause, true);
    });
    endPause = null;
    if (!continues) return null;
    stopButton.disabled = true;
  }
}

// Returns milliseconds until the next attempt, or null to give up. While the user's own runs take all slots,
// the pause doubles each time, because every attempt counts against the user's rate limit.
async function pauseAfter(response, attempt) {
  const seconds = Number(response.headers.get("Retry-After"));
  const { code } = await response.json().catch(() => ({}));
  if (!seconds || !PASSING.includes(code)) return null;
  const pause = Math.min(seconds * 1000, LONGEST_PAUSE);
  return (code === "too_many_runs" ? pause * 2 ** attempt : pause) + Math.random() * 1000;
}

function clear() {
  clearInterval(countdown);
  for (const panel of Object.values(panels)) panel.textContent = "";
  get("errors").hidden = true;
  get("usage").hidden = true;
}

function setRunning(isRunning) {
  runButton.disabled = isRunning;
  stopButton.hidden = !isRunning;
  stopButton.disabled = true; // until there is something to stop
  if (!isRunning) address = null;
}

function append(panel, text) {
  if (!text) return;
  const wasAtEnd = panel.scrollTop + panel.clientHeight >= panel.scrollHeight - 4;
  panel.append(text);
  if (panel === panels.stderr) get("errors").hidden = false;
  if (wasAtEnd) panel.scrollTop = panel.scrollHeight;
}

function show(result) {
  // The stored text lacks the runner's own lines of a traceback, which the stream had.
  panels.stdout.textContent = plainText(result.output);
  panels.stderr.textContent = plainText(result.stderr);
  get("errors").hidden = !result.stderr;
  const sentence = result.error
    ? plainText(result.error)
    : `The program ended by itself, with exit code ${result.exit_code}`;
  setStatus(element("span", `badge ${result.verdict}`, verdicts[result.verdict]), " ", sentence);
  if (result.usage) showUsage(result.usage);
  get("stored").href = `${form.dataset.history}${result.id}/`;
  get("usage").hidden = false;
}

function showUsage(usage) {
  for (const meter of get("usage").querySelectorAll("meter")) {
    const name = meter.dataset.used;
    meter.value = usage[name] ?? 0;
    get("usage").querySelector(`[data-said=${name}]`).textContent = amount(name, usage[name]);
  }
}

function amount(name, value) {
  if (value === null) return "–"; // not measured
  return name.endsWith("_ms") ? `${(value / 1000).toFixed(2)} s` : `${Math.round(value / 2 ** 20)} MiB`;
}

async function explain(response) {
  const body = await response.json().catch(() => ({}));
  const again = Number(response.headers.get("Retry-After"));
  if (response.status === 401 || response.status === 403) {
    const link = element("a", "", "Log in again");
    link.href = form.dataset.login;
    link.target = "_blank";
    problem("You are not logged in any more. ", link, " (in a new tab), then run it here.");
  } else if (again) {
    wait(body.detail || "The service is busy.", again);
  } else {
    problem(body.detail || `The service answered with an error (${response.status}).`);
  }
}

// A screen reader reads the reason once; the countdown is only visible.
function wait(reason, seconds) {
  const left = element("span", "quiet", "");
  left.setAttribute("aria-hidden", "true");
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const rest = Math.ceil((end - Date.now()) / 1000);
    const when = rest > 120 ? `${Math.ceil(rest / 60)} minutes` : `${rest} s`;
    left.textContent = rest > 0 ? ` You can run again in ${when}.` : " You can run again now.";
    if (rest <= 0) clearInterval(countdown);
  };
  problem(reason, left);
  tick();
  countdown = setInterval(tick, 250);
}

function lost() {
  const where = address && form.dataset.history;
  if (!where) {
    problem("The service can't be reached. Check your connection and run it again.");
    return;
  }
  const link = element("a", "", "your history");
  link.href = where;
  problem("The connection broke before the program ended. The result will be in ", link, ".");
}

async function stop() {
  if (endPause) endPause(false);
  if (!address) return;
  stopButton.disabled = true;
  setStatus(element("span", "badge", "Stopping"), " …");
  // This is refused if the run has just ended by itself; then its result is already on the way.
  await post(`${address}cancel/`, {}, "application/json").catch(() => null);
}

function countCharacters() {
  const left = get("left");
  const rest = Number(left.dataset.longest) - [...fields.code.value].length;
  left.textContent = rest >= 0 ? `${rest} characters left` : `${-rest} characters too many`;
  left.classList.toggle("over", rest < 0);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
stopButton.addEventListener("click", stop);
fields.language.addEventListener("change", () => made?.setLanguage(chosenLanguage()));
fields.code.addEventListener("input", countCharacters);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.stopPropagation();
    run();
  }
}, { capture: true });
get("keys").hidden = false;
countCharacters();
