// The divider between editor and console: dragged by pointer, moved by keyboard, remembered.

const KEY = "playground:divider";
const STEP = 2; // percent
const MIDDLE = 50;

export function makeDivider(divider, panes) {
  const least = Number(divider.getAttribute("aria-valuemin"));
  const most = Number(divider.getAttribute("aria-valuemax"));

  function place(percent) {
    const value = Math.round(Math.min(most, Math.max(least, percent)));
    panes.style.setProperty("--left", `${value}%`);
    divider.setAttribute("aria-valuenow", value);
    divider.setAttribute("aria-valuetext", `The editor takes ${value} percent`);
  }

  function move(percent) {
    place(percent);
    try {
      localStorage.setItem(KEY, divider.getAttribute("aria-valuenow"));
    } catch {
      // Without storage the place holds for this page.
    }
  }

  const now = () => Number(divider.getAttribute("aria-valuenow"));
  const KEYS = {
    ArrowLeft: () => now() - STEP,
    ArrowRight: () => now() + STEP,
    Home: () => least,
    End: () => most,
    Enter: () => MIDDLE,
  };

  divider.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(KEYS[event.key]());
  });
  divider.addEventListener("dblclick", () => move(MIDDLE));
  divider.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    divider.setPointerCapture(event.pointerId);
    divider.focus();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const { left, width } = panes.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  });

  let remembered = null;
  try {
    remembered = Number(localStorage.getItem(KEY));
  } catch {
    // Without storage it begins in the middle.
  }
  place(remembered || MIDDLE);
}
