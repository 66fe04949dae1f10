// Sends the form, as JSON unless it has a file, and shows the answer without loading the page again: what was written
// stays in the form.

const form = document.querySelector("form[data-sends]");
const answer = document.getElementById("answer");

async function send() {
  const headers = { Accept: "text/html", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  let body = form.elements.body?.value;
  if (form.elements.file) body = new FormData(form);
  else if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(form.action, { method: "POST", headers, body });
  const text = await response.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const made = page.getElementById("answer");
  if (made) {
    answer.replaceChildren(...made.childNodes);
    return;
  }
  // No page of the API: an error from before it, in JSON or as a page.
  const isJson = response.headers.get("Content-Type")?.includes("json");
  answer.querySelector("pre").textContent = isJson ? text : page.querySelector("main")?.textContent.trim() ?? text;
  answer.querySelector(".line code").textContent = `POST ${new URL(form.action).pathname}`;
  const badge = answer.querySelector(".badge");
  badge.className = "badge error";
  badge.textContent = `${response.status} ${response.statusText}`;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  status.textContent = "Waiting for the answer …";
  try {
    await send();
    status.textContent = "";
    answer.focus();
    answer.scrollIntoView({ block: "start" });
  } catch {
    status.textContent = "No answer came. Try again.";
  }
  button.ariaDisabled = null;
});
