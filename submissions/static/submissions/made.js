// The files that a run has given back: a download for each, and the image itself if it is one.

import { element } from "./elements.js";
import { inWords } from "./sizes.js";

const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]); // as the server names them

// `reasons` has words for each reason to leave a file out.
export function showMade(section, reasons, { files = [], files_left_out: leftOut = {} } = {}) {
  section.querySelector("ul").replaceChildren(...files.map(item));
  const counts = Object.entries(leftOut).map(([reason, count]) => `${reasons[reason] ?? reason} (${count})`);
  section.querySelector("p").textContent = counts.length ? `Not kept: ${counts.join(", ")}.` : "";
  section.hidden = !files.length && !counts.length;
}

function item({ name, size, type, url }) {
  const link = element("a", "", name);
  link.href = url;
  link.download = "";
  const made = element("li", "", link, " ", element("span", "quiet", inWords(size)));
  if (!IMAGES.has(type)) return made;
  const image = element("img");
  image.alt = name;
  image.src = url;
  made.append(image);
  return made;
}
