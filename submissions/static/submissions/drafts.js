// Drafts: the programs that a user writes, kept in this browser until the user deletes them.
//
// A draft is one program with its input and options. Every tab has a draft of its own: sessionStorage has
// the draft's id, so that a reload finds it. A new tab continues the user's latest draft. Before it writes,
// a tab checks that nobody else has written the draft since. If another tab has, it makes a new draft, so
// that no tab overwrites the work of another.

const MOST = 12; // drafts of a user; the oldest are removed

// A browser may forbid storage; then even reading the property fails.
function storageOf(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

// crypto.randomUUID needs https.
function randomName() {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");
}

export function isSameProgram(one, other) {
  const names = ["language", "code", "stdin", "args", "read_only"];
  if (names.some((name) => one[name] !== other[name])) return false;
  // Older drafts have neither.
  return (one.limits ?? "") === (other.limits ?? "") && (one.outputs ?? false) === (other.outputs ?? false);
}

export class Drafts {
  #prefix;
  #tab;
  #local = storageOf("localStorage");
  #session = storageOf("sessionStorage");
  #current = null; // the draft of this tab, as this tab has last read or written it

  constructor(user) {
    this.#prefix = `draft:${user}:`;
    this.#tab = `tab:${user}`;
  }

  // The draft that this tab had before it was reloaded or came back.
  mine() {
    try {
      return this.#read(this.#session.getItem(this.#tab));
    } catch {
      return null;
    }
  }

  // All drafts, the newest first.
  all() {
    try {
      return Object.keys(this.#local)
        .filter((key) => key.startsWith(this.#prefix))
        .map((key) => this.#read(key.slice(this.#prefix.length)))
        .filter((draft) => draft)
        .sort((one, other) => other.saved - one.saved);
    } catch {
      return [];
    }
  }

  // The next program is a new draft. One that nobody has edited is not kept.
  begin() {
    const left = this.#current;
    this.#current = null;
    if (left?.isFresh && this.#read(left.id)?.version === left.version) this.#remove(left.id);
  }

  // This tab continues the draft.
  open(draft) {
    this.begin();
    this.#current = draft;
    this.#remember(draft.id);
  }

  // Returns "saved", "split" if another tab has written this draft, or "failed". `isFresh`: nobody has edited
  // the program yet.
  save(program, isFresh) {
    const stored = this.#current && this.#read(this.#current.id);
    const isTaken = Boolean(stored && stored.version !== this.#current.version);
    const id = this.#current && !isTaken ? this.#current.id : randomName();
    const draft = { ...program, id, isFresh, version: randomName(), saved: Date.now() };
    if (!this.#write(draft)) return "failed";
    this.#current = draft;
    this.#remember(id);
    return isTaken ? "split" : "saved";
  }

  clear() {
    for (const draft of this.all()) if (draft.id !== this.#current?.id) this.#remove(draft.id);
  }

  // Returns null for a draft that is gone or that this page cannot read.
  #read(id) {
    try {
      const draft = JSON.parse(this.#local.getItem(this.#prefix + id));
      return typeof draft?.code === "string" && draft.id === id ? draft : null;
    } catch {
      return null;
    }
  }

  // Makes room if there is none, at the cost of the oldest drafts.
  #write(draft) {
    const others = this.all().filter((one) => one.id !== draft.id);
    others.sort((one, other) => one.isFresh - other.isFresh); // stable: programs that nobody edited go first
    const removed = [];
    while (!this.#put(draft)) {
      if (others.length === 0) {
        for (const one of removed) this.#put(one); // it is too large by itself, so they stay
        return false;
      }
      removed.push(others.pop());
      this.#remove(removed.at(-1).id);
    }
    for (const one of others.slice(MOST - 1)) this.#remove(one.id);
    return true;
  }

  // Returns false if there is no room, or no storage.
  #put(draft) {
    try {
      this.#local.setItem(this.#prefix + draft.id, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  #remove(id) {
    try {
      this.#local.removeItem(this.#prefix + id);
    } catch {
      // Without storage there is nothing to remove.
    }
  }

  #remember(id) {
    try {
      this.#session.setItem(this.#tab, id);
    } catch {
      // A reload then finds the latest draft.
    }
  }
}
