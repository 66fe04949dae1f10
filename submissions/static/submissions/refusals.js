// Why a program was not run, in a sentence for the person who pressed Run.

import { element } from "./elements.js";

const FIELDS = { stdin: "Input", args: "Arguments", language: "Language", files: "Files" };

const WAIT = / (?:Try again|Expected available) in [^.]*\.$/; // the countdown shows it

// Returns the nodes of the sentence. `page` has the addresses.
export function sentenceOf({ status, code, detail, fields }, page) {
  if (status === 401) return loggedOut(page);
  if (code === "csrf_failed") {
    return ["This page is out of date. ", link("Reload it", page.self), ", then press Run. Your draft is kept."];
  }
  if (status === 400 && Object.keys(fields ?? {}).length) return [wrong(fields)];
  return [withoutWait(detail) || `The server answered with an error (${status}).`];
}

export function withoutWait(sentence) {
  return (sentence ?? "").replace(WAIT, "");
}

function loggedOut(page) {
  const login = `${page.login}?next=${encodeURIComponent(page.self)}`;
  return ["You are logged out. Your draft is kept. ", link("Log in again", login), ", then press Run."];
}

function wrong(fields) {
  return Object.entries(fields)
    .map(([field, reasons]) => {
      const said = [reasons].flat().join(" ");
      return field === "code" ? said : `${FIELDS[field.split(".")[0]] ?? field}: ${said}`;
    })
    .join(" ");
}

function link(text, address) {
  const made = element("a", "", text);
  made.href = address;
  return made;
}

// Returns a node that counts the seconds down after `before`, then shows `now`, and a function that ends it. A
// screen reader reads the reason once; the countdown is only visible.
export function countdown(seconds, before, now) {
  const left = element("span", "");
  left.setAttribute("aria-hidden", "true");
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const rest = Math.ceil((end - Date.now()) / 1000);
    const when = rest > 120 ? `${Math.ceil(rest / 60)} minutes` : `${rest} s`;
    left.textContent = rest > 0 ? ` ${before} ${when}.` : ` ${now}`;
    if (rest <= 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 250);
  tick();
  return { left, end: () => clearInterval(timer) };
}
