// The editor replaces the textarea. The textarea stays the form's field, with the same text.

// `language` is the chosen option: what the editor has to know of a language is in its data.
export function makeEditor(textarea, language) {
  return window.ace ? new AceEditor(textarea, language) : new PlainEditor(textarea);
}

// Where the editor's script did not arrive, the textarea itself is the editor.
class PlainEditor {
  #textarea;

  constructor(textarea) {
    this.#textarea = textarea;
  }

  get lines() {
    return this.#textarea.value.split("\n").length;
  }

  setText(text) {
    this.#textarea.value = text;
    this.#textarea.dispatchEvent(new Event("input"));
  }

  jump(line) {
    const before = this.#textarea.value.split("\n").slice(0, line - 1).join("\n");
    const start = before.length + (line > 1 ? 1 : 0);
    this.#textarea.focus();
    this.#textarea.setSelectionRange(start, start);
  }

  focus() {
    this.#textarea.focus();
  }

  forgetHistory() {}
  setLanguage() {}
  setView({ size }) {
    this.#textarea.style.fontSize = `${size}px`;
  }
  mark() {}
  clearMarks() {}
}

class AceEditor {
  #editor;
  #markers = [];
  #columns = new Map(); // of the line with the error
  #suggests = false;

  constructor(textarea, language) {
    const { ace } = window;
    // The content security policy allows styles from files only, and no workers.
    ace.config.set("useStrictCSP", true);
    ace.config.set("basePath", new URL("../django_ace/ace/", import.meta.url).href);
    const place = document.createElement("div");
    place.className = "editor";
    textarea.before(place);
    textarea.hidden = true;
    this.#editor = ace.edit(place, {
      value: textarea.value,
      useWorker: false,
      showPrintMargin: false,
      useSoftTabs: true,
      scrollPastEnd: 0.3,
      highlightGutterLine: true,
      enableKeyboardAccessibility: true, // Esc, then Tab, leaves the editor; Enter returns to it
    });
    const editor = this.#editor;
    editor.setTheme({ cssClass: "ace-site", cssText: "", isDark: false });
    editor.textInput.setAriaOptions({ setLabel: true });
    editor.textInput.getElement().setAttribute("aria-label", "Program");
    // A palette and a panel of Ace's own, which no text of the page explains.
    editor.commands.removeCommands(["openCommandPalette", "openCommandPallete", "showSettingsMenu"]);
    editor.session.on("change", () => {
      textarea.value = editor.getValue();
      textarea.dispatchEvent(new Event("input"));
    });
    new ResizeObserver(() => editor.resize()).observe(place);
    this.setLanguage(language);
    // Suggestions come after the page is usable.
    ace.config.loadModule("ace/ext/language_tools", (found) => found && this.#prepareSuggestions());
  }

  get lines() {
    return this.#editor.session.getLength();
  }

  setLanguage({ dataset }) {
    this.#editor.session.setMode(`ace/mode/${dataset.mode}`);
    this.#editor.session.setTabSize(Number(dataset.tabSize));
  }

  // What was in the editor until now is no step for undo.
  forgetHistory() {
    this.#editor.session.getUndoManager().reset();
  }

  // One step for undo.
  setText(text) {
    this.#editor.session.mergeUndoDeltas = false;
    this.#editor.setValue(text, -1);
    this.#editor.session.mergeUndoDeltas = false;
  }

  setView({ size, wraps, suggests }) {
    this.#suggests = suggests;
    this.#editor.setOptions({ fontSize: size, wrap: wraps });
    if (window.ace.require("ace/ext/language_tools")) {
      this.#editor.setOption("enableLiveAutocompletion", suggests);
    }
  }

  jump(line) {
    this.#editor.gotoLine(line, this.#columns.get(line) ?? 0, false);
    this.#editor.focus();
  }

  focus() {
    this.#editor.focus();
  }

  // Marks the line, and the word at the column if that is known. The marks stay while lines above come and go.
  mark(line, column, text) {
    this.clearMarks();
    const row = line - 1;
    const content = this.#editor.session.getLine(row);
    // A column counts characters, of which some are two for the editor.
    const start = [...content].slice(0, (column ?? 1) - 1).join("").length;
    this.#addMark(row, 0, 1, "error-line", "fullLine");
    if (column) {
      const { length } = /^(?:[\p{L}\p{N}_$]+|.?)/u.exec(content.slice(start))[0];
      if (length) this.#addMark(row, start, start + length, "error-place", "text");
      this.#columns.set(line, start);
    }
    this.#editor.session.setAnnotations([{ row, column: start, text, type: "error" }]);
    this.#editor.renderer.scrollCursorIntoView({ row, column: start }, 0.5);
  }

  #addMark(row, start, end, name, type) {
    const { session } = this.#editor;
    const { Range } = window.ace.require("ace/range");
    const range = new Range(row, start, row, end);
    range.start = session.doc.createAnchor(range.start);
    range.end = session.doc.createAnchor(range.end);
    this.#markers.push(session.addMarker(range, name, type));
  }

  clearMarks() {
    for (const marker of this.#markers) this.#editor.session.removeMarker(marker);
    this.#markers = [];
    this.#columns.clear();
    this.#editor.session.clearAnnotations();
  }

  #prepareSuggestions() {
    const editor = this.#editor;
    const { Autocomplete } = window.ace.require("ace/autocomplete");
    editor.setOptions({
      enableBasicAutocompletion: true,
      enableLiveAutocompletion: this.#suggests,
      enableSnippets: false,
    });
    // While somebody types, no suggestion is chosen yet: Enter has to begin a new line.
    const completer = Autocomplete.for(editor);
    editor.commands.on("exec", ({ command }) => {
      if (command.name === "insertstring" && !completer.activated) completer.autoSelect = false;
    });
  }
}
