// The lab: runs an attack and shows its state, reloads an unfinished result, filters the catalogue.

import { inLine } from "./place.js";

const PASSING = ["busy", "closed", "too_many_runs"];
const PATIENCE = 60_000; // milliseconds in which a refused attempt is repeated
const LONGEST_PAUSE = 5_000; // milliseconds
const POLL = 1_000; // milliseconds

const state = document.getElementById("state");
let isRunning = false;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// Shows a state. A screen reader reads the words; `count` is only visible and changes often.
function show(badge, words, count = null) {
  const line = element("p", "", "");
  line.append(element("span", `badge ${badge}`, words));
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
// slots, the pause doubles, because every attempt counts against the user's rate limit.
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
  if (code === "not_authenticated" || (answer.status === 403 && !detail)) {
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

// The page of a run that has not finished.
async function poll(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    const { status, place_in_queue: place } = answer.ok ? await answer.json() : {};
    if (status === "finished") {
      location.reload();
      return;
    }
    if (status === "running" && state.dataset.seen !== status) {
      state.dataset.seen = status;
      show("waiting", "Running", clockOfPoll.count);
    } else if (status === "queued" && state.dataset.seen !== `queued ${place}`) {
      state.dataset.seen = `queued ${place}`;
      show("waiting", "Waiting", clockOfPoll.count).append(" ", inLine(place));
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // the connection broke: try again
  }
  setTimeout(poll, POLL, address);
}

let clockOfPoll = null;
if (state?.dataset.address) {
  clockOfPoll = elapsed();
  poll(state.dataset.address);
}

// The catalogue: the same filters as those of the query string, at once.
function filters() {
  const form = document.querySelector("form[data-filter]");
  if (!form) return;
  const cards = [...document.querySelectorAll(".attack")];
  const groups = [...document.querySelectorAll(".group-of-attacks")];
  const chips = [...document.querySelectorAll(".chip[data-name]")];

  const chosen = () => {
    const on = chips.filter((chip) => chip.hasAttribute("aria-current"));
    return Object.fromEntries(on.map((chip) => [chip.dataset.name, chip.dataset.value]));
  };

  const apply = () => {
    const wanted = chosen();
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) {
      const fits = Object.entries(wanted).every(([name, value]) => card.dataset[name] === value);
      card.hidden = !fits || !words.every((word) => card.dataset.text.includes(word));
    }
    for (const group of groups) group.hidden = !group.querySelector(".attack:not([hidden])");
    const found = cards.filter((card) => !card.hidden).length;
    document.getElementById("found").textContent = `${found} of ${cards.length} attacks`;
    document.getElementById("clear").hidden = found === cards.length;
    document.getElementById("nothing").hidden = found > 0;
    const query = new URLSearchParams(wanted);
    if (words.length) query.set("q", words.join(" "));
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  };

  const clear = () => {
    for (const chip of chips) chip.removeAttribute("aria-current");
    form.elements.q.value = "";
    apply();
  };

  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      const isOn = chip.hasAttribute("aria-current");
      for (const one of chips) if (one.dataset.name === chip.dataset.name) one.removeAttribute("aria-current");
      if (!isOn) chip.setAttribute("aria-current", "true");
      apply();
    });
  }
  for (const link of [document.getElementById("clear"), document.querySelector("[data-clear]")]) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      clear();
      form.elements.q.focus();
    });
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  form.querySelector("button").hidden = true; // the list follows each key
}

filters();
