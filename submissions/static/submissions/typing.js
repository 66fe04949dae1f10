// The line below the console, in which a person types to a program that runs.

export class InputLine {
  #box;
  #field;
  #problem;
  #send; // (text, end) → the reason of a refusal, or null
  #isOpen = false;
  #run = 0; // how many runs it has been open for
  #before = null; // had the focus before
  #sending = Promise.resolve(); // one message after another, so that they arrive in order

  constructor(box, send) {
    this.#box = box;
    this.#field = box.querySelector("input");
    this.#problem = box.querySelector("[role=alert]");
    this.#send = send;
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#field.addEventListener("paste", (event) => this.#paste(event));
    box.querySelector("[data-typing=send]").addEventListener("click", () => this.#enter());
    box.querySelector("[data-typing=end]").addEventListener("click", () => this.#end());
  }

  // Shows the line, with the focus if it is still where it was when the person started the run.
  open(before) {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#run += 1;
    this.#before = before;
    this.#field.value = "";
    this.#say("");
    this.#box.hidden = false;
    if (document.activeElement === before || document.activeElement === document.body) this.#field.focus();
  }

  // A hidden field would lose the focus.
  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#box.contains(document.activeElement)) this.#before?.focus();
    this.#box.hidden = true;
  }

  #press(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // the line is within the form of the program
      this.#enter();
    } else if (event.key.toLowerCase() === "d" && event.ctrlKey && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      this.#end();
    }
  }

  // Sends the whole lines of several; an input field would join them.
  #paste(event) {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    if (!text.includes("\n")) return;
    event.preventDefault();
    const { value, selectionStart: from, selectionEnd: to } = this.#field;
    const whole = value.slice(0, from) + text + value.slice(to);
    const end = whole.lastIndexOf("\n") + 1;
    this.#field.value = whole.slice(end);
    this.#give(whole.slice(0, end), false);
  }

  #enter() {
    this.#give(`${this.#take()}\n`, false);
  }

  #end() {
    this.#give(this.#take(), true);
  }

  #take() {
    const { value } = this.#field;
    this.#field.value = "";
    this.#field.focus();
    return value;
  }

  #give(text, end) {
    const run = this.#run;
    this.#sending = this.#sending.then(async () => {
      if (run !== this.#run) return; // it was for a run that has ended
      const problem = await this.#send(text, end);
      if (run !== this.#run || !this.#isOpen) return;
      this.#say(problem ?? "");
      if (problem && !this.#field.value) this.#field.value = text.replace(/\n$/, "");
      if (end && !problem) this.close();
    });
  }

  #say(problem) {
    this.#problem.textContent = problem;
    this.#problem.hidden = !problem;
  }
}

const KEY = "playground:asks";

// Keeps the choice of a box in the browser.
export function remembered(box) {
  try {
    box.checked = localStorage.getItem(KEY) !== "no";
    box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "yes" : "no"));
  } catch {
    // Without storage the choice holds for this page.
  }
}
