// A program's output, fit to be shown: what executor.plain_text does, for output that is still coming.

const SEQUENCE = /(?:\x1b\[|\x9b)[0-?]{0,32}[ -/]{0,4}[@-~]/g;
// Control characters but tab and newline; bidi controls; what has no width.
const INVISIBLE =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;

export function plainText(text) {
  return text
    .replace(SEQUENCE, "")
    .replace(/\r\n?/g, "\n")
    .replace(INVISIBLE, (found) => `\\u{${found.codePointAt(0).toString(16)}}`);
}

// What may be the beginning of a sequence, or of a CR LF, waits for the next piece.
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
