// The playground: runs the form's program and shows its output while it comes.

import { Console } from "./console.js";
import { makeDivider } from "./divider.js";
import { isSameProgram } from "./drafts.js";
import { makeEditor } from "./editor.js";
import { element } from "./elements.js";
import { copy, download, onPress } from "./files.js";
import { Keeping } from "./keeping.js";
import { linkedSentence, linkPlaces, quietFrames } from "./lines.js";
import { showMade } from "./made.js";
import { characters, Program, setLimits } from "./program.js";
import { countdown, sentenceOf, withoutWait } from "./refusals.js";
import { Report } from "./report.js";
import { Runner } from "./runner.js";
import { readRuntimes } from "./runtimes.js";
import { makeShare } from "./share.js";
import { InputLine, remembered } from "./typing.js";
import { takeDropped, Uploads } from "./uploads.js";
import { makeView } from "./view.js";

const form = document.querySelector("#program");
const fields = form.elements;
const get = (id) => document.getElementById(id);
const page = JSON.parse(get("page").textContent);
const [runButton, stopButton, shareButton, terminal] = ["run", "stop", "share", "console"].map(get);
const csrf = fields.csrfmiddlewaretoken.value;

const editor = makeEditor(fields.code, fields.language.selectedOptions[0]);
const program = new Program(fields, editor, page);
const keeping = new Keeping({ user: page.user, program, note: get("note") });
const output = new Console(terminal);
const report = new Report({
  status: get("status"),
  meters: get("usage"),
  hint: get("hint"),
  aside: get("aside"),
  page,
  limits: () => page.limits[fields.language.value],
});
const runner = new Runner({ url: page.run, csrf });
const inputLine = new InputLine(get("typing"), (text, end) => runner.type(text, end));

const uploads = new Uploads({ section: get("attached"), page: page.uploads, csrf, changed: checkProgram });

let isRunning = false;
let isAsking = false; // the run is interactive
let shown = null; // the id of the run that is shown
let sent = null; // the program of that run
let language = fields.language.value;
let endCountdown = () => {};

// --- Runs ---

function run() {
  if (isRunning) return;
  endCountdown();
  checkProgram();
  const obstacle = program.obstacle || uploads.obstacle;
  if (obstacle) {
    report.problem(obstacle);
    return;
  }
  showRunning(true);
  output.clear();
  showMade(get("made"), page.reasons);
  editor.clearMarks();
  keeping.store();
  keeping.noteRun();
  shown = null;
  sent = program.read();
  const request = program.request();
  isAsking = request.interactive;
  offerRun();
  report.sending(isAsking ? page.interactive : {});
  const focused = document.activeElement;
  if (getComputedStyle(get("divider")).display === "none") {
    terminal.scrollIntoView({ block: "nearest" });
  }
  runner.start({ ...request, files: uploads.named }, {
    queued: (place) => {
      endCountdown();
      report.waiting(place);
    },
    waiting: (seconds, detail) => showPause(seconds, detail),
    started: () => {
      endCountdown();
      report.running();
      if (isAsking) inputLine.open(focused);
    },
    typed: (text) => output.type(text),
    awaits: (is) => report.awaits(is),
    reconnecting: () => report.reconnecting(),
    output: (stream, text) => {
      report.resume();
      output.write(stream, text);
    },
    restart: () => {
      report.resume();
      output.clear();
    },
    result: showResult,
    refused: showRefusal,
    lost: showLoss,
    stopped: () => end(() => report.problem("You stopped it before it began.")),
  });
}

function stop() {
  if (!isRunning || stopButton.getAttribute("aria-disabled") === "true") return;
  stopButton.setAttribute("aria-disabled", "true");
  report.stopping();
  runner.stop();
}

// Focus stays where it is: a disabled or hidden button would lose it.
function showRunning(is) {
  isRunning = is;
  if (!is && document.activeElement === stopButton) runButton.focus();
  stopButton.hidden = !is;
  stopButton.setAttribute("aria-disabled", "false");
  terminal.setAttribute("aria-busy", is);
  checkProgram();
}

function end(show) {
  endCountdown();
  inputLine.close();
  report.stopClock();
  show();
  showRunning(false);
}

function showResult(result) {
  output.finish();
  quietFrames(terminal);
  const lines = linesOfRun();
  linkPlaces(terminal, lines);
  shown = result.id;
  offerRun();
  showMade(get("made"), page.reasons, result);
  const { line, column, hint } = result.error_details ?? {};
  const aside = asideOf(result);
  const words = {
    sentence: sentenceOn(result, lines),
    hint: hint ? hintNodes(hint) : [],
    aside: aside ? linkedSentence(withEnd(aside), lines) : [],
  };
  end(() => report.ended(result, words));
  if (line && line <= lines) editor.mark(line, column, result.error ?? aside);
  const asked = FIELD.exec(hint ?? "");
  if (asked) askFor(asked[1]);
}

// Returns how many lines the run's program has; none if it was edited during the run, since a number is then that
// of another line.
function linesOfRun() {
  const { code, language: slug } = program.read();
  return code === sent.code && slug === sent.language ? editor.lines : 0;
}

function sentenceOn({ verdict, error, usage }, lines) {
  if (verdict === "ok") return [usage ? `Finished in ${(usage.wall_ms / 1000).toFixed(2)} s.` : "Finished."];
  return linkedSentence(withEnd(error ?? ""), lines);
}

// An error that did not end the program, as one in a thread.
function asideOf({ verdict, error_details: details }) {
  if (verdict !== "ok" || !details?.type) return "";
  const said = [details.type, details.message].filter((part) => part).join(": ");
  const place = details.line ? ` (line ${details.line})` : "";
  const what = details.type.endsWith("Warning") ? "A warning" : "An error did not end the program";
  return `${what}: ${said.split(/\s+/).join(" ")}${place}`;
}

const withEnd = (text) => (/[.!?…)]$/.test(text) ? text : `${text}.`);

const FIELD = /\bfield (Input|Arguments)\b/;
const BOXES = { Input: "stdin", Arguments: "args" };

// Returns a hint as nodes: what stands between backquotes as code, the name of a field as a way to it.
function hintNodes(hint) {
  return hint.split(/(?<!`)(`[^`]+`)(?!`)/).flatMap((part) => {
    if (/^`[^`]+`$/.test(part)) return [element("code", "", part.slice(1, -1))];
    const found = FIELD.exec(part);
    if (!found) return [part];
    const button = element("button", "line", found[1]);
    button.type = "button";
    button.dataset.box = found[1];
    const at = found.index + "field ".length;
    return [part.slice(0, at), button, part.slice(at + found[1].length)];
  });
}

// The service is full or the user's rate is used up: the page tries again by itself.
function showPause(seconds, detail) {
  report.say("waiting", "Waiting", withoutWait(detail), startCountdown(seconds, "Trying again in", "Trying again …"));
}

function startCountdown(seconds, ...words) {
  endCountdown();
  const { left, end: endTicks } = countdown(seconds, ...words);
  endCountdown = endTicks;
  return left;
}

function showRefusal(refusal) {
  end(() => {
    const sentence = sentenceOf(refusal, page);
    if (refusal.retryAfter && refusal.status !== 401 && refusal.status !== 403) {
      sentence.push(startCountdown(refusal.retryAfter, "Try again in", "You can run again now."));
    }
    report.problem(...sentence);
  });
  const field = Object.keys(refusal.fields ?? {})[0]?.split(".")[0];
  if (field === "files" || (field in fields && field !== "code")) showInputs();
}

function showLoss(address) {
  end(() => {
    if (!address) {
      report.problem("The server can't be reached. Check your connection and run it again.");
      return;
    }
    const link = element("a", "", "history");
    link.href = page.history;
    report.say("error", "Disconnected", "The connection broke. You'll find the result in your ", link, ".");
  });
}

function offerRun() {
  const link = get("stored");
  link.hidden = !shown;
  if (shown) link.href = `${page.history}${shown}/`;
  shareButton?.setAttribute("aria-disabled", String(!shown));
}

// --- The program and its input ---

function showInputs() {
  get("inputs").open = true;
}

// `box` is the label of a field.
function askFor(box) {
  showInputs();
  fields[BOXES[box]].focus();
}

let hasShownInputs = false; // once; then the user's choice counts
let runtimes = {};

function checkProgram() {
  get("about-language").textContent = program.chosenLanguage.dataset.note;
  get("limits").textContent = program.chosenLanguage.dataset.limits;
  if (!isRunning && !shown) report.expecting();
  const { charactersLeft: left, obstacle } = program;
  const counter = get("left");
  counter.textContent = left >= 0 ? `${characters(left)} left` : obstacle;
  counter.classList.toggle("over", left < 0);
  showRuntime(runtimes[fields.language.value] ?? { packages: [] });
  const isHeld = isRunning || Boolean(obstacle) || Boolean(uploads.obstacle);
  runButton.setAttribute("aria-disabled", String(isHeld));
  if (program.takesInput && !hasShownInputs) {
    hasShownInputs = true;
    showInputs();
  }
}

function showRuntime({ runtime, packages }) {
  get("runtimes").textContent = runtime ?? "";
  get("packages").hidden = !packages.length;
  get("packages").querySelector("summary span").textContent = `${packages.length} packages`;
  get("packages").querySelector("p").textContent = packages.join(", ");
}

function changed() {
  checkProgram();
  if (!program.isFilling) keeping.changed();
}

function switchLanguage() {
  keeping.switchLanguage(language);
  ({ value: language } = fields.language);
  editor.setLanguage(program.chosenLanguage);
  editor.clearMarks();
  checkProgram();
}

// --- Menus ---

function close(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

function loadExample(event) {
  const link = event.target.closest("[data-example]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  keeping.replace(program.example(link.dataset.example), "This is an example.");
  language = fields.language.value;
  editor.clearMarks();
  close(get("examples"));
  editor.focus();
}

// The menu of drafts is there if there is one to choose.
function listDrafts() {
  const drafts = keeping.others();
  const items = drafts.map((draft) => {
    const name = element("span", "mono", draft.code.trim().split("\n", 1)[0].slice(0, 40));
    const option = [...fields.language.options].find(({ value }) => value === draft.language);
    const when = new Date(draft.saved).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
    const button = element("button", "", name, element("span", "quiet", `${option.text}, ${when}`));
    button.type = "button";
    button.addEventListener("click", () => {
      keeping.open(draft);
      language = fields.language.value;
      editor.clearMarks();
      close(get("drafts"));
      editor.focus();
    });
    return element("li", "", button);
  });
  get("draft-list").replaceChildren(...items, get("delete-drafts").parentElement);
  get("delete-drafts").parentElement.hidden = !drafts.length;
  get("no-drafts").hidden = Boolean(drafts.length);
}

// --- Wiring ---

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
stopButton.addEventListener("click", stop);
if (fields.asks) remembered(fields.asks);
addEventListener("pagehide", () => {
  if (isRunning && isAsking) runner.leave();
});
form.addEventListener("input", ({ target }) => {
  if (!target.name) return; // a box of the editor or of the menu, not a field
  if (target === fields.language) switchLanguage();
  else changed();
});
fields.code.addEventListener("input", changed); // the editor's own event does not bubble
onPress(get("usual"), () => {
  setLimits(fields, "");
  changed();
});
get("examples").addEventListener("click", loadExample);
get("drafts").addEventListener("toggle", listDrafts);
get("delete-drafts").addEventListener("click", () => {
  keeping.deleteOthers();
  close(get("drafts"));
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button.line");
  if (!button) return;
  if (button.dataset.box) askFor(button.dataset.box);
  else editor.jump(Number(button.dataset.line));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    event.stopPropagation();
    run();
  }
}, { capture: true });

onPress(get("copy"), () => copy(fields.code.value));
onPress(get("download"), () => download(program.fileName, fields.code.value));
onPress(get("copy-output"), () => copy(output.text()));
onPress(get("download-output"), () => download("output.txt", output.text()));

// A site may have switched sharing off; then there is no button.
if (shareButton) {
  const share = makeShare(get("share-dialog"), {
    csrf,
    addressOf: (id) => page.share.replace(page.no_id, id),
    historyOf: (id) => `${page.history}${id}/`,
  });
  shareButton.addEventListener("click", () => {
    if (shown) share(shown, !isSameProgram(sent, program.read()));
    else if (!isRunning) report.say("neutral", "Share", "Run your program first. A link shows one run.");
  });
}

takeDropped(form, (files) => {
  showInputs();
  uploads.add(files);
});
makeDivider(get("divider"), get("panes"));
makeView(get("view"), (view) => {
  editor.setView(view);
  terminal.style.fontSize = `${view.size}px`;
  output.apart = view.apart;
});
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("kbd.control")) key.textContent = "⌘";
}

keeping.begin(page.given);
language = fields.language.value;
editor.forgetHistory();
if (page.given) history.replaceState(null, "", page.self); // a reload then finds the draft
checkProgram();
offerRun();
readRuntimes(page.languages).then((found) => {
  runtimes = found;
  checkProgram();
});
