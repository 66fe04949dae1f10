// The page of a finished run: draws output with colours and overwritten lines as the console did.

import { Console } from "./console.js";

const data = document.getElementById("drawn");
const plain = document.getElementById("stdout");
const container = document.createElement("div");
container.id = plain.id;
container.className = "bounded";
const output = new Console(container);
output.write("stdout", JSON.parse(data.textContent));
output.finish();
// The console leaves out the earlier lines of very long output. Then the plain text, which has all, stays.
const isWhole = container.querySelector(".note").hidden;
if (isWhole) plain.replaceWith(container);
container.querySelector(".pane").scrollTop = 0;
