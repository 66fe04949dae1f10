// What every page has: local times, the colour scheme, menus that close, buttons that copy, coloured programs.

import { copy, say } from "./files.js";
import { highlight } from "./highlight.js";

const MINUTE = 60_000;
const UNITS = [["day", 24 * 60], ["hour", 60], ["minute", 1]]; // in minutes
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function sinceNow(date, now = Date.now()) {
  const minutes = (date - now) / MINUTE;
  if (Math.abs(minutes) < 1) return "just now";
  const [unit, size] = UNITS.find(([, least]) => Math.abs(minutes) >= least);
  return relative.format(Math.round(minutes / size), unit);
}

// Within a week: "5 minutes ago". Before that: the date. The title has the local time and UTC.
function showTimes() {
  for (const time of document.querySelectorAll("time[data-when]")) {
    const date = new Date(time.dateTime);
    const isRecent = Math.abs(Date.now() - date) < 7 * 24 * 60 * MINUTE;
    time.textContent = isRecent
      ? sinceNow(date)
      : date.toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" });
    time.title = `${date.toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" })} (${time.dataset.when})`;
  }
}

function switchTheme(button) {
  const root = document.documentElement;
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme ?? (isDark.matches ? "dark" : "light");
  const label = () => {
    button.querySelector("span").textContent = current() === "dark" ? "Light colours" : "Dark colours";
  };
  button.addEventListener("click", () => {
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // The browser allows no storage: the choice holds for this page.
    }
    label();
  });
  isDark.addEventListener("change", label);
  button.hidden = false;
  label();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// <button data-copies="#id"> copies the text of that element, or the value of that field.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copies);
  say(button, await copy(source.value ?? source.textContent));
});

showTimes();
setInterval(showTimes, MINUTE);
const themeButton = document.querySelector("[data-theme-switch]");
if (themeButton) switchTheme(themeButton);
highlight(document.querySelectorAll("pre[data-mode]"));
