// How the editor and the console look: size of the text, wrapped lines, suggestions, errors apart. The
// browser remembers it.

const KEY = "playground:view";
const SIZES = [11, 12, 13, 14, 16, 18, 20, 24]; // pixels
const usual = () => ({ size: 14, wraps: innerWidth < 700, suggests: true, apart: false });

function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY)) ?? {};
    const view = { ...usual(), ...stored };
    return SIZES.includes(view.size) ? view : { ...view, size: usual().size };
  } catch {
    return usual();
  }
}

// Calls onChange(view) now and after every change.
export function makeView(menu, onChange) {
  const view = read();
  const boxes = [...menu.querySelectorAll("input[type=checkbox]")];
  const [smaller, larger] = menu.querySelectorAll("button[data-step]");

  function apply() {
    const place = SIZES.indexOf(view.size);
    menu.querySelector("output").textContent = `${view.size} px`;
    smaller.setAttribute("aria-disabled", place === 0);
    larger.setAttribute("aria-disabled", place === SIZES.length - 1);
    for (const box of boxes) box.checked = view[box.dataset.view];
    onChange(view);
  }

  function change(name, value) {
    view[name] = value;
    apply();
    try {
      localStorage.setItem(KEY, JSON.stringify(view));
    } catch {
      // Without storage the choice holds for this page.
    }
  }

  for (const box of boxes) box.addEventListener("change", () => change(box.dataset.view, box.checked));
  for (const button of [smaller, larger]) {
    button.addEventListener("click", () => {
      const place = SIZES.indexOf(view.size) + Number(button.dataset.step);
      if (SIZES[place]) change("size", SIZES[place]);
    });
  }
  apply();
}
