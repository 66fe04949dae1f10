// Makes a program's output safe to show, as executor.plain_text does, also while it is still coming.

const SEQUENCE = /(?:\x1b\[|\x9b)[0-?]{0,32}[ -/]{0,4}[@-~]/g;
// The ranges of executor/sandbox/output.py, which explains them. A test compares the two.
const INVISIBLE =
  /[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\xad\u{34f}\u{61c}\u{115f}-\u{1160}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{200b}\u{200e}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

export function plainText(text) {
  return text
    .replace(SEQUENCE, "")
    .replace(/\r\n?/g, "\n")
    .replace(INVISIBLE, (found) => `\\u{${found.codePointAt(0).toString(16)}}`);
}

// The beginning of a sequence or of a CR LF at the end of a piece waits for the next piece.
const UNFINISHED = /(?:(?:\x1b\[|\x9b)[0-?]{0,32}[ -/]{0,4}|\x1b|\r)$/;

export class PlainStream {
  #rest = "";

  push(text) {
    const whole = this.#rest + text;
    const kept = whole.replace(UNFINISHED, "");
    this.#rest = whole.slice(kept.length);
    return plainText(kept);
  }
}
