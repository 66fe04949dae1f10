// The style of characters on a terminal, and colours for it that can be read on a light and a dark page.

// A colour is null for none, 0 to 15 for one of the terminal's own, or else [red, green, blue], 0 to 255.
export const PLAIN = Object.freeze({
  bold: false, italic: false, underline: false, inverse: false, ink: null, paper: null,
});
// What a person has typed. No sequence gives it to output.
export const TYPED = Object.freeze({ ...PLAIN, typed: true });

// Black, red, green, yellow, blue, magenta, cyan, white, and the bright ones.
const INKS = {
  light: [
    [0, 0, 0], [190, 30, 45], [20, 110, 50], [135, 90, 0], [20, 85, 190], [150, 40, 150], [0, 105, 120], [95, 103, 112],
    [80, 88, 96], [205, 35, 50], [15, 115, 50], [140, 92, 0], [25, 95, 215], [170, 45, 170], [0, 108, 125], [87, 96, 106],
  ],
  dark: [
    [125, 136, 148], [255, 110, 110], [95, 205, 125], [225, 180, 75], [115, 170, 255], [225, 130, 225], [75, 200, 215], [215, 222, 229],
    [140, 151, 163], [255, 145, 145], [130, 230, 155], [245, 205, 110], [150, 195, 255], [240, 165, 240], [115, 220, 235], [255, 255, 255],
  ],
};
const PAPERS = [
  [0, 0, 0], [190, 30, 45], [20, 110, 50], [135, 90, 0], [20, 85, 190], [150, 40, 150], [0, 105, 120], [210, 215, 221],
  [80, 88, 96], [215, 60, 70], [30, 130, 65], [160, 110, 10], [40, 110, 225], [180, 65, 180], [10, 125, 140], [255, 255, 255],
];
const LEVELS = [0, 95, 135, 175, 215, 255]; // of the 6 × 6 × 6 colours from 16 to 231
const [BLACK, WHITE] = [[0, 0, 0], [255, 255, 255]];
// The page's own ink, and of its papers the one that is hardest to read on: that of stderr. A test compares
// them with the site's tokens.
const PAGES = {
  light: { ink: [23, 27, 33], paper: [252, 232, 242] },
  dark: { ink: [231, 235, 240], paper: [60, 16, 41] },
};
const CONTRAST = 4.5; // of WCAG AA

// Returns the style after an SGR sequence ("1;31", "38;2;255;0;0", "38:5:196").
export function restyled(style, parameters) {
  if (/[<-?]/.test(parameters)) return style; // a private sequence
  const next = { ...style };
  const parts = parameters.split(";");
  for (let at = 0; at < parts.length; at += 1) {
    const [first, ...more] = parts[at].split(":").map(Number);
    if (first === 38 || first === 48 || first === 58) {
      // 58 colours the underline, which is not shown; its parameters are passed over.
      const numbers = more.length ? more : parts.slice(at + 1, at + 5).map(Number);
      const [colour, used] = colourOf(numbers, more.length);
      if (!more.length) at += used;
      if (colour !== null && first !== 58) next[first === 38 ? "ink" : "paper"] = colour;
    } else if (first === 4) next.underline = more[0] !== 0;
    else restyle(next, first);
  }
  return next;
}

function restyle(next, number) {
  if (number === 0) Object.assign(next, PLAIN);
  else if (number === 1) next.bold = true;
  else if (number === 3) next.italic = true;
  else if (number === 21) next.underline = true;
  else if (number === 7) next.inverse = true;
  else if (number === 22) next.bold = false;
  else if (number === 23) next.italic = false;
  else if (number === 24) next.underline = false;
  else if (number === 27) next.inverse = false;
  else if (number >= 30 && number <= 37) next.ink = number - 30;
  else if (number === 39) next.ink = null;
  else if (number >= 40 && number <= 47) next.paper = number - 40;
  else if (number === 49) next.paper = null;
  else if (number >= 90 && number <= 97) next.ink = number - 82;
  else if (number >= 100 && number <= 107) next.paper = number - 92;
}

// Returns the colour that begins with 5 (one of 256) or 2 (true colour), and how many parameters it takes.
function colourOf(numbers, hasColons) {
  if (numbers[0] === 5) return [oneOf256(numbers[1]), 2];
  if (numbers[0] !== 2) return [null, 0];
  // With colons, a colour space may stand before red, green and blue.
  const rgb = hasColons && numbers.length > 4 ? numbers.slice(2, 5) : numbers.slice(1, 4);
  return [rgb.length === 3 && rgb.every((part) => part >= 0 && part <= 255) ? rgb : null, 4];
}

function oneOf256(number) {
  if (!(number >= 0 && number <= 255)) return null;
  if (number < 16) return number;
  if (number >= 232) return Array(3).fill(8 + 10 * (number - 232));
  const place = number - 16;
  return [LEVELS[Math.floor(place / 36)], LEVELS[Math.floor(place / 6) % 6], LEVELS[place % 6]];
}

// Returns the colours of a style in both schemes: {light: {ink, paper}, dark: …}, with null for the page's own.
export function shades(style) {
  return { light: shade(style, "light"), dark: shade(style, "dark") };
}

function shade(style, scheme) {
  const page = PAGES[scheme];
  let ink = typeof style.ink === "number" ? INKS[scheme][style.ink] : style.ink;
  let paper = typeof style.paper === "number" ? PAPERS[style.paper] : style.paper;
  if (style.inverse) [ink, paper] = [paper ?? page.paper, ink ?? page.ink];
  if (!paper) return { ink: ink && readable(ink, page.paper), paper };
  if (ink) return { ink: readable(ink, paper), paper };
  return { ink: contrast(page.ink, paper) < CONTRAST ? extreme(paper) : page.ink, paper };
}

// Returns black or white, the one that can be read better on this paper.
function extreme(paper) {
  return contrast(BLACK, paper) > contrast(WHITE, paper) ? BLACK : WHITE;
}

// Mixes a colour with black or white until it can be read.
function readable(ink, paper) {
  const end = extreme(paper);
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = ink.map((part, at) => Math.round(part + (end[at] - part) * share));
    if (contrast(mixed, paper) >= CONTRAST) return mixed;
  }
  return end;
}

export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
