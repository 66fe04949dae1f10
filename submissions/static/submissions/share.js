// The dialog that makes a link by which others see one run.

import { copy, onPress } from "./files.js";

export function makeShare(dialog, { csrf, addressOf, historyOf }) {
  const get = (name) => dialog.querySelector(`[data-share=${name}]`);
  const [form, made, field, problem] = ["form", "made", "url", "problem"].map(get);
  let run = null;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const answer = await make(run);
    if (!answer) {
      problem.hidden = false;
      return;
    }
    form.hidden = true;
    made.hidden = false;
    field.value = answer.url;
    get("expires").textContent = answer.expires
      ? `The link expires on ${new Date(answer.expires).toLocaleDateString("en", { dateStyle: "long" })}.`
      : "";
    field.focus();
    field.select();
  });

  async function make(id) {
    try {
      const response = await fetch(addressOf(id), {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": csrf },
        body: new FormData(form),
      });
      return response.ok ? await response.json() : null;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return null; // the server cannot be reached
    }
  }

  onPress(get("copy"), async () => ((await copy(field.value)) ? "Copied" : "Press Ctrl+C"));
  get("close").addEventListener("click", () => dialog.close());

  return (id) => {
    if (id !== run) {
      run = id;
      form.hidden = false;
      made.hidden = true;
    }
    problem.hidden = true;
    get("run").href = historyOf(id);
    dialog.showModal();
  };
}
