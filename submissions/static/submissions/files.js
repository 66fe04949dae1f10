// Text that leaves the page: to the clipboard, or as a file.

// Returns the words for the button that was pressed.
export async function copy(text) {
  return (await isCopied(text)) ? "Copied" : "Not copied";
}

async function isCopied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByField(text); // Without https there is no clipboard object.
  }
}

function copyByField(text) {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "hidden";
  field.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const hasCopied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return hasCopied;
}

export function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const SHOWN = 2000; // milliseconds
const timers = new WeakMap();

// Shows for two seconds what the work returned, in place of the button's label.
export function onPress(button, work) {
  button.addEventListener("click", async () => {
    const said = await work();
    if (said) say(button, said);
  });
}

export function say(button, words) {
  const label = button.querySelector("span") ?? button;
  label.dataset.usual ??= label.textContent;
  label.textContent = words;
  button.classList.add("said");
  clearTimeout(timers.get(button));
  timers.set(button, setTimeout(() => {
    label.textContent = label.dataset.usual;
    button.classList.remove("said");
  }, SHOWN));
}
