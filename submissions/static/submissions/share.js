// The dialog that makes a link by which others see one run.

import { copy, onPress } from "./files.js";

export function makeShare(dialog, { csrf, addressOf, historyOf }) {
  const get = (name) => dialog.querySelector(`[data-share=${name}]`);
  const [form, made, field, problem] = ["form", "made", "url", "problem"].map(get);
  let run = null;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const id = run;
    const answer = await make(id);
    if (id !== run) return; // the dialog is for another run by now
    problem.hidden = Boolean(answer.url);
    problem.textContent = answer.detail ?? "The link was not made. Try again.";
    if (!answer.url) return;
    form.hidden = true;
    made.hidden = false;
    field.value = answer.url;
    const day = new Date(answer.expires).toLocaleDateString("en", { dateStyle: "long" });
    get("expires").textContent = `The link expires on ${day}.`;
    field.focus();
    field.select();
  });

  // Returns {url, expires}, or the refusal.
  async function make(id) {
    try {
      const response = await fetch(addressOf(id), {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": csrf },
        body: new FormData(form),
      });
      return await response.json().catch(() => ({}));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return { detail: "The server can't be reached. Check your connection and try again." };
    }
  }

  onPress(get("copy"), () => copy(field.value));
  get("close").addEventListener("click", () => dialog.close());

  // `isChanged`: the editor has another program than the run had.
  return (id, isChanged) => {
    if (id !== run) {
      run = id;
      form.hidden = false;
      made.hidden = true;
    }
    problem.hidden = true;
    get("changed").hidden = !isChanged;
    get("run").href = `${historyOf(id)}#share`;
    dialog.showModal();
  };
}
