// The program in the form: read, filled in, checked.

const TAKES_INPUT = /\binput\s*\(|\breadline|\bsys\.stdin\b|\bprocess\.stdin\b|\breadFileSync\(\s*(?:0|["']\/dev\/stdin)/;

export class Program {
  #fields;
  #editor;
  #page;
  isFilling = false; // the script writes, not the user

  constructor(fields, editor, page) {
    this.#fields = fields;
    this.#editor = editor;
    this.#page = page;
  }

  // As a draft has it: `args` is the text of the box.
  read() {
    const { language, code, stdin, args, read_only } = this.#fields;
    return {
      language: language.value,
      code: code.value,
      stdin: stdin.value,
      args: args.value,
      read_only: read_only.checked,
    };
  }

  // As the API takes it.
  request() {
    const program = this.read();
    return { ...program, args: program.args.split("\n").filter((line) => line) };
  }

  get chosenLanguage() {
    return this.#fields.language.selectedOptions[0];
  }

  isKnownLanguage(slug) {
    return [...this.#fields.language.options].some((option) => option.value === slug);
  }

  fill(program) {
    this.isFilling = true;
    fillFields(this.#fields, program);
    this.#editor.setLanguage(this.chosenLanguage);
    this.#editor.setText(program.code);
    this.isFilling = false;
  }

  template(language) {
    return { language, code: this.#page.templates[language], ...NOTHING_MORE };
  }

  example(slug) {
    const { language, code, stdin } = this.#page.examples[slug];
    return { language, code, ...NOTHING_MORE, stdin };
  }

  // Whether it is a template or an example as it came, or empty: nothing that somebody would miss.
  isUntouched({ language, code, stdin, args, read_only }) {
    if (args || !read_only) return false;
    if (!code.trim()) return !stdin;
    if (code === this.#page.templates[language]) return !stdin;
    return Object.values(this.#page.examples).some(
      (example) => example.language === language && example.code === code && example.stdin === stdin,
    );
  }

  get takesInput() {
    return TAKES_INPUT.test(this.#fields.code.value);
  }

  // Why it can't run, in a sentence; the empty string if it can.
  get obstacle() {
    const { code, stdin } = this.#fields;
    const over = [...code.value].length - this.#page.longest;
    if (over > 0) {
      const limit = this.#page.longest.toLocaleString("en");
      return `Your program is ${characters(over)} too long (limit ${limit}).`;
    }
    if (!code.value.trim()) return "There is nothing to run yet.";
    const bytes = new TextEncoder().encode(stdin.value).length - this.#page.stdin_bytes;
    return bytes > 0 ? `Your input is ${bytes.toLocaleString("en")} bytes too long.` : "";
  }

  get charactersLeft() {
    return this.#page.longest - [...this.#fields.code.value].length;
  }

  get fileName() {
    return `program${this.chosenLanguage.dataset.suffix}`;
  }
}

const NOTHING_MORE = { stdin: "", args: "", read_only: true };

function fillFields(fields, program) {
  for (const name of ["language", "code", "stdin", "args"]) fields[name].value = program[name];
  fields.read_only.checked = program.read_only;
}

export function characters(count) {
  return `${count.toLocaleString("en")} character${count === 1 ? "" : "s"}`;
}
