// The history: two ticked runs can be compared, unfinished runs are watched, "today" is the user's own day.

const PAUSE = 2000; // milliseconds
const list = document.querySelector("#list");
const store = `compared by ${list?.dataset.owner}`; // ticks are kept over pages and searches, until the tab closes

// --- Ticks ---

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(store)) ?? [];
  } catch {
    return []; // the browser keeps nothing: ticks hold for this page
  }
}

function keep(ids) {
  try {
    sessionStorage.setItem(store, JSON.stringify(ids));
  } catch {
    // As above.
  }
}

function setUpTicks() {
  const boxes = () => [...list.querySelectorAll("input[name=id][type=checkbox]")];
  const bar = list.querySelector(".bar");
  const [compare, clear] = bar.querySelectorAll("button");
  let ticked = new Set([...kept(), ...boxes().filter((box) => box.checked).map((box) => box.value)]);

  function show() {
    for (const box of boxes()) box.checked = ticked.has(box.value);
    keep([...ticked]);
    const isReady = ticked.size === 2;
    bar.classList.toggle("ready", isReady);
    compare.setAttribute("aria-disabled", String(!isReady));
    clear.hidden = ticked.size === 0;
    bar.querySelector("[role=status]").textContent =
      ticked.size === 0
        ? "Select two runs to compare."
        : ticked.size === 1
          ? "One run selected. Select one more."
          : isReady
            ? "Two runs selected."
            : `${ticked.size} runs selected. Select exactly two.`;
  }

  list.addEventListener("change", (event) => {
    if (event.target.name !== "id") return;
    if (event.target.checked) ticked.add(event.target.value);
    else ticked.delete(event.target.value);
    show();
  });
  clear.addEventListener("click", () => {
    ticked = new Set();
    show();
    boxes()[0].focus();
  });
  // Runs that are ticked on other pages go with the form.
  list.addEventListener("submit", (event) => {
    if (ticked.size !== 2) {
      event.preventDefault();
      return;
    }
    for (const hidden of list.querySelectorAll("input[name=id][type=hidden]")) hidden.remove();
    const here = new Set(boxes().map((box) => box.value));
    for (const id of ticked) {
      if (here.has(id)) continue;
      const hidden = document.createElement("input");
      Object.assign(hidden, { type: "hidden", name: "id", value: id });
      list.append(hidden);
    }
  });
  // The arrow keys move between rows, within the same column.
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const cell = event.target.closest?.("td");
    if (!step || !cell) return;
    const rows = [...list.querySelectorAll("tbody tr")];
    const next = rows[rows.indexOf(cell.parentElement) + step];
    next?.children[cell.cellIndex].querySelector("a, input")?.focus();
    event.preventDefault();
  });
  addEventListener("pageshow", show); // Back restores the boxes, not the count
  show();
}

// --- Runs under way ---

const underWay = () => [...document.querySelectorAll("tr[data-under-way]")];

async function refresh() {
  const response = await fetch(location.href).catch(() => null);
  if (response?.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const row of underWay()) {
      // A row that is no longer on this page has moved to the next one.
      const fresh = page.getElementById(row.id);
      if (!fresh) continue;
      // The cells with the tick and the local time stay as they are, and with them the focus.
      for (const name of ["result", "number"]) {
        row.querySelector(`td.${name}`).replaceWith(fresh.querySelector(`td.${name}`));
      }
      if (!fresh.hasAttribute("data-under-way")) row.removeAttribute("data-under-way");
    }
  }
  if (underWay().length) setTimeout(refresh, PAUSE);
}

// --- Today ---

// The server knows no time zone. Links to "today" carry how far the user's clock is ahead of UTC.
function sendOffset() {
  const offset = String(-new Date().getTimezoneOffset());
  for (const chip of document.querySelectorAll('a.chip[href*="since=today"]')) {
    const query = new URLSearchParams(chip.search);
    query.set("offset", offset);
    chip.search = query;
  }
  const search = document.querySelector("form.find");
  if (!search?.querySelector("[name=since][value=today]")) return;
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "offset", value: offset });
  search.append(field);
}

if (list) setUpTicks();
if (underWay().length) setTimeout(refresh, PAUSE);
sendOffset();
