// The program in the form: read, filled in, checked.

// What programs of any language write to read their input. C and C++ name stdin, scanf and the like, Bash read -r.
const TAKES_INPUT = new RegExp(
  [
    String.raw`\binput\s*\(|\breadline|\bsys\.stdin\b|\bprocess\.stdin\b|\breadFileSync\(\s*(?:0|["']\/dev\/stdin)`,
    String.raw`\b(?:scanf|getchar|getline)\s*\(|\bfgets\s*\([^)\n]{0,200}\bstdin\b|\bcin\s*(?:>>|\.)`,
    String.raw`(?:^|[;&|]|\bwhile|\bif|\buntil)[ \t]*(?:IFS=\S{0,20}[ \t]+)?read[ \t]+-[prst]`,
  ].join("|"),
  "m",
);

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
    const { language, code, stdin, args, outputs, read_only, limits } = this.#fields;
    return {
      language: language.value,
      code: code.value,
      stdin: stdin.value,
      args: args.value,
      outputs: outputs.checked,
      read_only: read_only.checked,
      limits: limits.value, // JSON, or the empty string
    };
  }

  // As the API takes it.
  request() {
    const program = this.read();
    const limits = program.limits ? JSON.parse(program.limits) : null;
    const args = program.args.split("\n").filter((line) => line);
    return { ...program, limits, args, interactive: this.asks };
  }

  // Whether the run is interactive: it reads input, and has got none.
  get asks() {
    const { asks, stdin } = this.#fields;
    return Boolean(asks?.checked) && !stdin.value && this.takesInput;
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
    const { language, code, stdin, outputs } = this.#page.examples[slug];
    return { language, code, ...NOTHING_MORE, stdin, outputs };
  }

  // Whether it is a template or an example as it came, or empty: nothing that somebody would miss.
  isUntouched({ language, code, stdin, args, outputs, read_only, limits }) {
    if (args || !read_only || limits) return false;
    if (!code.trim() || code === this.#page.templates[language]) return !stdin && !outputs;
    return Object.values(this.#page.examples).some(
      (example) =>
        example.language === language &&
        example.code === code &&
        example.stdin === stdin &&
        example.outputs === Boolean(outputs), // older drafts have none
    );
  }

  get takesInput() {
    return TAKES_INPUT.test(this.#fields.code.value);
  }

  // Why it can't run, in a sentence; the empty string if it can.
  get obstacle() {
    const { code, stdin } = this.#fields;
    const over = -this.charactersLeft;
    if (over > 0) {
      const limit = this.#page.longest.toLocaleString("en");
      return `Your program is ${characters(over)} too long (limit ${limit}).`;
    }
    if (!code.value.trim()) return "There is nothing to run yet.";
    const ends = !stdin.value || stdin.value.endsWith("\n"); // else the service adds a newline
    const bytes = new TextEncoder().encode(stdin.value).length + (ends ? 0 : 1) - this.#page.stdin_bytes;
    const limit = this.#page.stdin_bytes / 1024;
    return bytes > 0 ? `Your input is ${bytes.toLocaleString("en")} bytes too long (limit ${limit} KiB).` : "";
  }

  get charactersLeft() {
    const { value } = this.#fields.code;
    // Beyond U+FFFF a character takes two units. A list of the characters would be slow at a mebibyte.
    return this.#page.longest - value.length + (value.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
  }

  get fileName() {
    return `program${this.chosenLanguage.dataset.suffix}`;
  }
}

const NOTHING_MORE = { stdin: "", args: "", outputs: false, read_only: true, limits: "" };

function fillFields(fields, program) {
  for (const name of ["language", "code", "stdin", "args"]) fields[name].value = program[name];
  fields.read_only.checked = program.read_only;
  fields.outputs.checked = program.outputs ?? false; // older drafts have none
  setLimits(fields, program.limits ?? ""); // older drafts have none
}

// Limits lower than usual, which a stored run has brought along; the empty string for the usual ones.
export function setLimits(fields, limits) {
  const shown = document.getElementById("lower");
  fields.limits.value = shown.querySelector("code").textContent = limits;
  shown.hidden = !limits;
}

export function characters(count) {
  return `${count.toLocaleString("en")} character${count === 1 ? "" : "s"}`;
}
