// How a run stands: a badge and one sentence, and what the run uses of its limits.

import { element } from "./elements.js";
import { inLine } from "./place.js";

const NEAR = 0.8; // of a limit
const FULL = 0.97; // of a limit; a run is stopped a little before it or after it
const TICK = 100; // milliseconds; the bar of the elapsed time moves this often
const CALM_TICK = 1000; // milliseconds, for people who want less motion

export class Report {
  #status;
  #meters;
  #hint;
  #aside;
  #page;
  #limits;
  #timer = null;
  #start = 0;
  #isAway = false;

  // `page` has the data of the page: names of verdicts, addresses of the layers' pages. `limits` returns the
  // limits of the chosen language.
  constructor({ status, meters, hint, aside, page, limits }) {
    this.#status = status;
    this.#meters = meters;
    this.#hint = hint;
    this.#aside = aside;
    this.#page = page;
    this.#limits = limits;
  }

  say(kind, label, ...sentence) {
    const nodes = element("div", "", element("span", `badge ${kind}`, label), " ", ...sentence);
    // A screen reader reads the status again whenever it is replaced.
    if (nodes.innerHTML !== this.#status.innerHTML) this.#status.replaceChildren(...nodes.childNodes);
  }

  problem(...sentence) {
    this.stopClock();
    this.say("error", "Not run", ...sentence);
  }

  // Before the first run: the limits of the chosen language.
  expecting() {
    this.#showLimits(this.#limits());
  }

  // `limits` are those of the run, as far as they are not the page's.
  sending(limits = {}) {
    this.#reset({ ...this.#limits(), ...limits });
    this.say("waiting", "Starting", "…");
  }

  waiting(place) {
    this.say("waiting", "Waiting", inLine(place));
  }

  running() {
    this.#showRunning();
    this.#start = performance.now();
    clearInterval(this.#timer);
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#timer = setInterval(() => this.#tick(), isCalm ? CALM_TICK : TICK);
    this.#tick();
  }

  // Whether a running program seems to wait for input.
  awaits(is) {
    if (is) this.say("waiting", "Waiting", "Your program seems to wait for your input.");
    else this.#showRunning();
  }

  // The connection is lost for a moment. `resume` follows when output arrives again.
  reconnecting() {
    this.#isAway = true;
    this.say("waiting", "Reconnecting", "The connection broke. The page tries again …");
  }

  resume() {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#showRunning();
  }

  stopping() {
    this.say("waiting", "Stopping", "…");
  }

  // The elapsed time keeps its last value.
  stopClock() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  // `sentence` are the nodes that explain the end, `hint` those that say what it usually means, `aside` those
  // about an error that did not end the program; both may be empty.
  ended(result, { sentence, hint, aside }) {
    this.stopClock();
    this.say(result.verdict, this.#label(result), ...sentence, ...this.#why(result));
    this.#showLimits(result.limits ?? this.#limits());
    show(this.#hint, hint);
    show(this.#aside, aside);
    if (result.usage) this.#showUsage(result);
  }

  #showRunning() {
    const ring = element("span", "spinner");
    this.#status.replaceChildren(element("span", "badge waiting", ring, "Running"));
  }

  #label({ verdict, error, exit_code: code }) {
    if (!/^(?:compile|runtime)_error$/.test(verdict)) return this.#page.verdicts[verdict] ?? verdict;
    if (/^(?:Syntax|Indentation|Tab)Error\b/.test(error ?? "")) return "Syntax error";
    if (/^The program ended with exit code/.test(error ?? "")) return `Exit code ${code}`;
    return this.#page.verdicts[verdict];
  }

  #why({ verdict, usage, limits }) {
    const { why } = this.#page;
    const { cpu_seconds: most } = limits ?? this.#limits();
    const isCpu = verdict === "time_limit_exceeded" && usage?.cpu_ms >= most * 1000 * FULL;
    const address = why[isCpu ? "cpu_time" : verdict];
    if (!address) return [];
    const link = element("a", "", "Why?");
    link.href = address;
    return [" ", link];
  }

  #reset(limits) {
    this.stopClock();
    show(this.#hint, []);
    show(this.#aside, []);
    this.#isAway = false;
    this.#showLimits(limits);
    for (const name of ["wall_ms", "cpu_ms", "memory_peak_bytes"]) this.#set(name, null);
  }

  #tick() {
    const elapsed = performance.now() - this.#start;
    this.#set("wall_ms", elapsed, 1);
  }

  // A run may have lower limits than usual.
  #showLimits({ wall_seconds: wall, cpu_seconds: cpu, memory_bytes: memory }) {
    const seconds = (value) => `${Number(value.toFixed(1))} s`;
    this.#most("wall_ms", wall * 1000, seconds(wall));
    this.#most("cpu_ms", cpu * 1000, seconds(cpu));
    this.#most("memory_peak_bytes", memory, `${Math.round(memory / 2 ** 20)} MiB`);
  }

  #most(name, most, words) {
    const shown = this.#meters.querySelector(`[data-most=${name}]`);
    if (!shown) return; // a page of one run, whose limits are on it already
    this.#meter(name).max = most;
    shown.textContent = words;
  }

  #showUsage({ verdict, usage }) {
    for (const name of ["wall_ms", "cpu_ms", "memory_peak_bytes"]) this.#set(name, usage[name]);
    if (usage.memory_peak_is_sampled) this.#said("memory_peak_bytes").prepend("at least ");
    // The kernel may end a program just before its memory is counted as full.
    if (verdict === "memory_limit_exceeded") this.#meter("memory_peak_bytes").dataset.state = "full";
  }

  #meter(name) {
    return this.#meters.querySelector(`[data-used=${name}]`);
  }

  #set(name, value, digits = 2) {
    const meter = this.#meter(name);
    meter.value = value ?? 0;
    const part = (value ?? 0) / meter.max;
    meter.dataset.state = part >= FULL ? "full" : part >= NEAR ? "near" : "";
    this.#said(name).textContent = amount(name, value, digits);
  }

  #said(name) {
    return this.#meters.querySelector(`[data-said=${name}]`);
  }
}

function show(line, nodes) {
  line.hidden = !nodes.length;
  line.querySelector("span").replaceChildren(...nodes);
}

// In seconds or MiB; the page has the unit, after the limit.
function amount(name, value, digits) {
  if (value === null) return "–"; // not measured
  return name.endsWith("_ms") ? (value / 1000).toFixed(digits) : String(Math.round(value / 2 ** 20));
}
