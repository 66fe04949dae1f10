// The lab: runs an attack and shows its state, and follows a run that has not finished.

import { element } from "./elements.js";
import { inLine } from "./place.js";
import { Runner } from "./runner.js";

const PASSING = ["busy", "closed", "too_many_runs"];
const PATIENCE = 60_000; // milliseconds in which a refused attempt is repeated
const LONGEST_PAUSE = 5_000; // milliseconds
const RELOAD_PAUSE = 5_000; // milliseconds

const state = document.getElementById("state");
let isRunning = false;

// Shows a state. A screen reader reads the words; `count` is only visible and changes often.
function show(badge, words, count = null) {
  const line = element("p", "", element("span", `badge ${badge}`, words));
  if (count) line.append(" ", count);
  state.replaceChildren(line);
  state.hidden = false;
  return line;
}

function explain(detail, link = null) {
  const line = show("error", "Not run");
  line.append(" ", detail);
  if (link) line.append(" ", link);
}

function elapsed() {
  const began = Date.now();
  const count = element("span", "elapsed", "0.0 s");
  count.setAttribute("aria-hidden", "true");
  const timer = setInterval(() => {
    count.textContent = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  }, 100);
  return { count, stop: () => clearInterval(timer) };
}

function setRunning(form, value) {
  isRunning = value;
  for (const button of document.querySelectorAll("form[data-run] button:enabled:not([form])")) {
    // Not `disabled`, which would drop the focus.
    if (value) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
  form.classList.toggle("running", value);
}

async function run(form) {
  if (isRunning) return;
  const body = new URLSearchParams(new FormData(form));
  setRunning(form, true);
  const clock = elapsed();
  try {
    const answer = await send(form.action, body, clock.count);
    if (answer.ok) {
      const { page } = await answer.json();
      show("ok", "Finished");
      location.assign(page);
      return; // the page stays as it is until the next one is there
    }
    await refuse(answer);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    explain("The connection broke. If the attack ran, you find it on the attack's page under Your runs.");
  } finally {
    clock.stop();
  }
  setRunning(form, false);
}

// Posts the form, and again while it is refused for a passing reason. Returns the last answer.
async function send(action, body, count) {
  const end = Date.now() + PATIENCE;
  for (let attempt = 0; ; attempt += 1) {
    show("waiting", "Running", count);
    const answer = await fetch(action, { method: "POST", headers: { Accept: "application/json" }, body });
    const pause = await pauseAfter(answer, attempt);
    if (pause === null || Date.now() + pause > end) return answer;
    show("waiting", "Waiting", count).append(" ", inLine(null));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

// Returns milliseconds until the next attempt, or null to give up. While the user's own runs take all
// places, the pause doubles, because every attempt counts against the user's rate limit.
async function pauseAfter(answer, attempt) {
  const seconds = Number(answer.headers.get("Retry-After"));
  if (answer.ok || !seconds) return null;
  const { code } = await answer.clone().json().catch(() => ({}));
  if (!PASSING.includes(code)) return null;
  const pause = Math.min(seconds * 1000, LONGEST_PAUSE);
  return (code === "too_many_runs" ? pause * 2 ** attempt : pause) + Math.random() * 1000;
}

async function refuse(answer) {
  const { code, detail } = await answer.json().catch(() => ({}));
  // Without a session the check of forged forms refuses first.
  if (["not_authenticated", "csrf_failed"].includes(code)) {
    const link = element("a", "", "Reload the page");
    link.href = location.href;
    explain("You are not logged in any more.", link);
  } else {
    explain(detail ?? `The service answered with an error (${answer.status}).`);
  }
}

for (const form of document.querySelectorAll("form[data-run]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
}

// Back may show this page as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted || !state) return;
  for (const form of document.querySelectorAll("form[data-run]")) setRunning(form, false);
  state.hidden = true;
});

// The page of a run that has not finished: its result comes with a reload.
if (state?.dataset.address) {
  const { count } = elapsed();
  const reload = () => location.reload();
  const reloadLater = () => setTimeout(reload, RELOAD_PAUSE);
  new Runner({ url: "", csrf: "" }).attach(state.dataset.address, {
    queued: (place) => {
      const sentence = inLine(place);
      if (state.dataset.seen !== sentence) show("waiting", "Waiting", count).append(" ", sentence);
      state.dataset.seen = sentence;
    },
    started: () => show("waiting", "Running", count),
    output() {},
    restart() {},
    result: reload,
    refused: reloadLater,
    lost: reloadLater,
  });
}
