// Keeps the user's work: stores it while it changes, brings it back, and offers what was put aside.

import { Drafts, isSameProgram } from "./drafts.js";
import { element } from "./elements.js";

const PAUSE = 300; // milliseconds without a key before the draft is stored

export class Keeping {
  #drafts;
  #program;
  #note;
  #isFresh = true; // nobody has edited this program yet
  #isFailed = false;
  #isRestoredNote = false;
  #timer = null;

  constructor({ user, program, note }) {
    this.#drafts = new Drafts(user);
    this.#program = program;
    this.#note = note;
    addEventListener("pagehide", () => this.store());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.store();
    });
    addEventListener("beforeunload", (event) => {
      this.store();
      if (this.#isFailed) event.preventDefault();
    });
    note.addEventListener("click", ({ target }) => {
      if (target.closest("[data-close]")) note.hidden = true;
    });
  }

  // What the page begins with: the draft, unless the user has asked for another program (`given`).
  begin(given) {
    const draft = this.#last();
    if (given) {
      const mine = this.#drafts.mine();
      if (mine?.isFresh) this.#drafts.open(mine); // so that it makes way for the new one
      this.#keepNew();
      this.#offer(draft, given === "example" ? "This is an example." : "This is the program that you chose.");
    } else if (draft) {
      this.#show(draft);
      if (this.#isMissed(draft)) this.#tellRestored();
    }
  }

  // The user has edited something.
  changed() {
    this.#isFresh = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.store(), PAUSE);
  }

  // Another program comes into the editor: an example or a template. The one before is kept.
  replace(program, said) {
    this.store();
    const before = this.#drafts.mine();
    this.#program.fill(program);
    this.#keepNew();
    this.#offer(before, said);
  }

  startAgain() {
    const { language } = this.#program.read();
    this.replace(this.#program.template(language), "This is a new program.");
  }

  // Another language: an untouched program gives way to a draft or the template of that language. The
  // user's own text stays.
  switchLanguage(before) {
    const program = this.#program.read();
    if (!this.#program.isUntouched({ ...program, language: before })) {
      this.changed();
      return;
    }
    const draft = this.others().find(({ language }) => language === program.language);
    if (draft) {
      this.store();
      this.#show(draft);
      this.#tellRestored();
    } else {
      this.replace(this.#program.template(program.language), "");
    }
  }

  open(draft) {
    this.store();
    const before = this.#drafts.mine();
    this.#show(draft);
    this.#offer(before, "This is an earlier draft.");
  }

  // Drafts that are worth offering, the newest first.
  others() {
    const current = this.#program.read();
    return this.#drafts.all().filter((draft) => this.#isMissed(draft) && !isSameProgram(draft, current));
  }

  deleteOthers() {
    this.#drafts.clear();
    this.#note.hidden = true;
  }

  // The program runs: that it was restored is no news any more.
  noteRun() {
    if (this.#isRestoredNote) this.#note.hidden = true;
  }

  store() {
    if (this.#timer !== null) this.#save();
  }

  #save() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const program = this.#program.read();
    const outcome = this.#drafts.save(program, this.#isFresh);
    const isLost = outcome === "failed" && this.#isMissed({ ...program, isFresh: this.#isFresh });
    if (outcome === "split") {
      this.#tell("You edit this program in another tab too. Each tab keeps its own draft.");
    } else if (isLost && !this.#isFailed) {
      this.#tell("Your browser can't store this draft. Copy your program before you leave the page.");
    }
    this.#isFailed = isLost;
  }

  #last() {
    const draft = this.#drafts.mine() ?? this.#drafts.all()[0];
    return draft && this.#program.isKnownLanguage(draft.language) ? draft : null;
  }

  #isMissed(draft) {
    return (
      !draft.isFresh && this.#program.isKnownLanguage(draft.language) && !this.#program.isUntouched(draft)
    );
  }

  #show(draft) {
    this.#drafts.open(draft);
    this.#program.fill(draft);
    this.#isFresh = draft.isFresh;
  }

  #keepNew() {
    this.#drafts.begin();
    this.#isFresh = true;
    this.#save();
  }

  #offer(draft, said) {
    if (draft && this.#isMissed(draft) && !isSameProgram(draft, this.#program.read())) {
      this.#tell(`${said} Your draft is kept.`.trim(), "Back to my draft", () => this.open(draft));
    } else {
      this.#note.hidden = true;
    }
  }

  #tellRestored() {
    this.#tell("Restored your draft.", "Start again", () => this.startAgain());
    this.#isRestoredNote = true;
  }

  #tell(sentence, action, work) {
    this.#isRestoredNote = false;
    const text = this.#note.querySelector("p");
    text.replaceChildren(sentence);
    if (action) {
      const button = element("button", "quiet small", action);
      button.type = "button";
      button.addEventListener("click", work);
      text.append(" ", button);
    }
    this.#note.hidden = false;
  }
}
