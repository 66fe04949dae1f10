// What is not shown of a program's output as it came, the same as in executor.plain_text.

// A control sequence of ECMA-48: parameters, intermediates, final character. The longest one in use sets two
// true colours, which takes some forty characters.
export const SEQUENCE = /(?:\x1b\[|\x9b)([0-?]{0,64})([ -/]{0,4})([@-~])/g;
// The beginning of a sequence at the end of a piece waits for the next piece, and so does half a character.
export const UNFINISHED = /(?:(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,4}|\x1b|[\ud800-\udbff])$/;
export const UNFINISHED_CHARACTERS = 2 + 64 + 4;
// The ranges of executor/sandbox/output.py, which explains them. A test compares the two.
const INVISIBLE =
  /[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\xad\u{34f}\u{61c}\u{115f}-\u{1160}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{200b}\u{200e}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

// Shows control, bidi and invisible characters by their number.
export function inert(text) {
  return text.replace(INVISIBLE, (found) => `\\u{${found.codePointAt(0).toString(16)}}`);
}
