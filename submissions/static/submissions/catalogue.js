// The lab's catalogue: the same filters as those of the query string, at once.

const form = document.querySelector("form[data-filter]");
const cards = [...document.querySelectorAll(".attack")];
const groups = [...document.querySelectorAll(".group-of-attacks")];
const chips = [...document.querySelectorAll(".chip[data-name]")];

const chosen = () => {
  const on = chips.filter((chip) => chip.hasAttribute("aria-current"));
  return Object.fromEntries(on.map((chip) => [chip.dataset.name, chip.dataset.value]));
};

const apply = () => {
  const wanted = chosen();
  const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of cards) {
    const fits = Object.entries(wanted).every(([name, value]) => card.dataset[name].split(" ").includes(value));
    card.hidden = !fits || !words.every((word) => card.dataset.text.includes(word));
  }
  for (const group of groups) group.hidden = !group.querySelector(".attack:not([hidden])");
  const found = cards.filter((card) => !card.hidden).length;
  document.getElementById("found").textContent = `${found} of ${cards.length} attacks`;
  document.getElementById("clear").hidden = found === cards.length;
  document.getElementById("nothing").hidden = found > 0;
  const query = new URLSearchParams(wanted);
  if (words.length) query.set("q", words.join(" "));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
};

const clear = () => {
  for (const chip of chips) chip.removeAttribute("aria-current");
  form.elements.q.value = "";
  apply();
};

for (const chip of chips) {
  chip.addEventListener("click", (event) => {
    event.preventDefault();
    const isOn = chip.hasAttribute("aria-current");
    for (const one of chips) if (one.dataset.name === chip.dataset.name) one.removeAttribute("aria-current");
    if (!isOn) chip.setAttribute("aria-current", "true");
    apply();
  });
}
for (const link of [document.getElementById("clear"), document.querySelector("[data-clear]")]) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    clear();
    form.elements.q.focus();
  });
}
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  apply();
});
form.querySelector("button").hidden = true; // the list follows each key
