// The files that a person chooses for the program. Each is uploaded at once, and each run names it by its id.

import { element } from "./elements.js";
import { inWords } from "./sizes.js";

const ATTEMPTS = 5;
const LONGEST_WAIT = 90; // seconds; a longer Retry-After is for the person to decide

export class Uploads {
  #section;
  #page;
  #csrf;
  #changed;
  #files = []; // {name, size, id, words, request, pause}: the request until it is answered

  // `section` has a list, a button, an input for files and a status; `page` has url, bytes of the largest file
  // and of all, and their number; `changed` is called after each change.
  constructor({ section, page, csrf, changed }) {
    this.#section = section;
    this.#page = page;
    this.#csrf = csrf;
    this.#changed = changed;
    const choice = section.querySelector("input");
    section.querySelector("button").addEventListener("click", () => choice.click());
    choice.addEventListener("change", () => {
      this.add(choice.files);
      choice.value = ""; // the same file can be chosen again
    });
  }

  // As the API takes them.
  get named() {
    return this.#files.map(({ name, id }) => ({ name, id }));
  }

  // Why the program can't run yet, in a sentence; the empty string if it can.
  get obstacle() {
    const missing = this.#files.find(({ id }) => !id);
    if (!missing) return "";
    return missing.request ? `Wait until ${missing.name} is uploaded.` : `${missing.name} is not uploaded. Remove it.`;
  }

  add(chosen) {
    for (const file of chosen) {
      this.#remove(this.#files.find(({ name }) => name === file.name));
      const added = { name: file.name, size: file.size, id: null, words: "", request: null };
      this.#files.push(added);
      if (file.size > this.#page.largest) {
        this.#say(added, `too large: at most ${inWords(this.#page.largest)}`);
      } else if (this.#files.length > this.#page.most) {
        this.#say(added, `too many: at most ${this.#page.most} files`);
      } else {
        this.#upload(added, file, 1);
      }
    }
    this.#show();
  }

  #remove(file) {
    this.#files = this.#files.filter((one) => one !== file);
    file?.request?.abort();
    clearTimeout(file?.pause);
  }

  // Only XMLHttpRequest tells how far an upload is.
  #upload(file, content, attempt) {
    const request = new XMLHttpRequest();
    file.request = request;
    this.#say(file, "waiting to be uploaded …");
    request.open("POST", `${this.#page.url}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-CSRFToken", this.#csrf);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.#say(file, total ? `${Math.floor((100 * loaded) / total)} % uploaded …` : "being uploaded …");
    });
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      const seconds = Number(request.getResponseHeader("Retry-After")) || 0;
      if (request.status < 300 && body.id) {
        this.#end(file, "uploaded", body.id);
      } else if ([429, 503].includes(request.status) && seconds && seconds <= LONGEST_WAIT && attempt < ATTEMPTS) {
        this.#say(file, `the site is busy; trying again in ${seconds} s`);
        file.pause = setTimeout(() => this.#upload(file, content, attempt + 1), seconds * 1000);
      } else {
        this.#end(file, reasonOf(request.status, body), null);
      }
    });
    request.addEventListener("error", () => this.#end(file, "the connection broke; choose it again", null));
    request.send(content);
  }

  #end(file, words, id) {
    file.request = null;
    file.id = id;
    this.#say(file, words);
    this.#section.querySelector("[role=status]").textContent = `${file.name}: ${words}`;
  }

  #say(file, words) {
    file.words = words;
    this.#show();
  }

  #show() {
    this.#section.querySelector("ul").replaceChildren(...this.#files.map((file) => this.#item(file)));
    const bytes = this.#files.reduce((sum, { size }) => sum + size, 0);
    const count = `${this.#files.length} file${this.#files.length === 1 ? "" : "s"}`;
    const all = `${count}, ${inWords(bytes)} of ${inWords(this.#page.all)}`;
    this.#section.querySelector("[data-sum]").textContent = this.#files.length ? all : "or drop them anywhere on this page";
    this.#changed();
  }

  #item(file) {
    const button = element("button", "quiet small", "Remove", element("span", "hidden", ` ${file.name}`));
    button.type = "button";
    button.addEventListener("click", () => {
      this.#remove(file);
      this.#show();
      this.#section.querySelector("button:not(ul *)").focus();
    });
    const isRefused = !file.id && !file.request;
    const words = element("span", isRefused ? "refused" : "quiet", `${inWords(file.size)}, ${file.words}`);
    return element("li", "", element("span", "", element("code", "", file.name), " ", words), button);
  }
}

// Files that are dropped on the page are for the program; a browser would leave the page and show them.
export function takeDropped(form, take) {
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  const drops = (is) => form.classList.toggle("drops", is);
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drops(true);
  }, { capture: true });
  addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || drops(false));
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation(); // the editor would take it, too
    drops(false);
    take(event.dataTransfer.files);
  }, { capture: true });
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function reasonOf(status, { detail }) {
  if (status === 401) return "you are logged out; reload the page and log in again";
  return detail || `the server answered with an error (${status})`;
}
