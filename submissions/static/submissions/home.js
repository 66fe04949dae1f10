// The recorded attack, one step at a time. Without this script all steps stand one below the other.

function button(label, classes) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = classes;
  made.textContent = label;
  return made;
}

function stepThrough(section) {
  const steps = [...section.querySelectorAll(".step")];
  const chips = steps.map((step) => button(step.dataset.short, "chip"));
  const back = button("Back", "secondary");
  const next = button("Next", "");
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  let current = 0;

  function show(number, isFirst = false) {
    current = number;
    steps.forEach((step, at) => {
      step.hidden = at !== number;
      if (at === number) chips[at].setAttribute("aria-current", "true");
      else chips[at].removeAttribute("aria-current");
    });
    // Not `disabled`: that would take the focus away from somebody who presses the button by keyboard.
    back.setAttribute("aria-disabled", String(number === 0));
    next.textContent = number === steps.length - 1 ? "Start again" : "Next";
    if (!isFirst) {
      const title = steps[number].querySelector("h3").textContent.trim();
      said.textContent = `Step ${number + 1} of ${steps.length}: ${title}`;
    }
  }

  back.addEventListener("click", () => current > 0 && show(current - 1));
  next.addEventListener("click", () => show((current + 1) % steps.length));
  chips.forEach((chip, at) => chip.addEventListener("click", () => show(at)));

  const bar = document.createElement("div");
  bar.className = "chips bar";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Steps");
  bar.append(...chips);
  const controls = document.createElement("div");
  controls.className = "actions controls";
  controls.append(back, next, said);
  const list = section.querySelector(".steps");
  list.before(bar);
  const foot = document.createElement("div");
  foot.className = "foot";
  foot.append(controls, section.querySelector(".after"));
  list.after(foot);
  section.classList.add("stepping");
  const wanted = steps.findIndex((step) => `#${step.id}` === location.hash);
  show(Math.max(wanted, 0), true);
}

const section = document.querySelector(".walk");
if (section) stepThrough(section);
