// The matrix: marks the row and the column of the cell at hand, and moves between cells by arrow keys.

const table = document.querySelector(".matrix");
const heads = [...table.tHead.rows[0].cells].slice(0, 2).concat([...table.tHead.rows[1].cells]);
const rows = [...table.querySelectorAll("tbody tr:not(.category)")];
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
let marked = [];

function mark(cell) {
  for (const one of marked) one.classList.remove("on");
  marked = [];
  if (!cell) return;
  marked = [heads[cell.cellIndex], ...rows.map((row) => row.cells[cell.cellIndex]), ...cell.parentElement.cells];
  for (const one of marked) one.classList.add("on");
}

const cellOf = (target) => {
  const cell = target.closest?.("td");
  return cell && table.contains(cell) ? cell : null;
};

// One cell is in the order of Tab; the arrow keys move from it.
let current = null;
function choose(link) {
  current?.setAttribute("tabindex", "-1");
  current = link;
  current.setAttribute("tabindex", "0");
}

function move(cell, [down, right]) {
  let row = rows.indexOf(cell.parentElement);
  let column = cell.cellIndex;
  for (;;) {
    row += down;
    column += right;
    const link = column > 0 ? rows[row]?.cells[column]?.querySelector("a") : null;
    if (!rows[row]?.cells[column] || column < 1) return;
    if (link) {
      choose(link);
      link.focus();
      return;
    }
  }
}

const links = table.querySelectorAll("tbody td a");
for (const link of links) link.setAttribute("tabindex", "-1");
choose(links[0]);

table.addEventListener("pointerover", (event) => mark(cellOf(event.target)));
table.addEventListener("pointerleave", () => mark(cellOf(document.activeElement)));
table.addEventListener("focusin", (event) => {
  const cell = cellOf(event.target);
  mark(cell);
  if (cell) choose(event.target);
});
table.addEventListener("focusout", () => mark(null));
table.addEventListener("keydown", (event) => {
  const cell = cellOf(event.target);
  if (!cell || !(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move(cell, STEPS[event.key]);
});
document.getElementById("keys").hidden = false;
