// The page of a finished run whose output has colours or overwritten lines: draws it as the console did.

import { Console } from "./console.js";

for (const [stream, label] of [["stdout", "Output"], ["stderr", "Errors"]]) {
  const text = JSON.parse(document.getElementById(`drawn-${stream}`).textContent);
  if (text) draw(document.getElementById(stream), stream, text, label);
}

function draw(box, stream, text, label) {
  const container = document.createElement("div");
  container.id = box.id;
  container.className = "bounded";
  box.replaceWith(container);
  const output = new Console(container, label);
  output.write(stream, text);
  output.finish();
  container.querySelector(".pane").scrollTop = 0; // the console shows the end
}
