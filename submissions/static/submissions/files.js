// Text that leaves the page: to the clipboard, or as a file.

export async function copy(text) {
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
  const isCopied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return isCopied;
}

export function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const SHOWN = 2000; // milliseconds

// The button's text tells for two seconds that it has worked.
export function onPress(button, work) {
  const label = button.querySelector("span");
  const usual = label.textContent;
  let timer = null;
  button.addEventListener("click", async () => {
    const said = await work();
    if (!said) return;
    label.textContent = said;
    button.classList.add("said");
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.textContent = usual;
      button.classList.remove("said");
    }, SHOWN);
  });
}
