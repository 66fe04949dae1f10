// Sets the chosen colour scheme before the page is drawn. Without a choice the page follows the system.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // The browser allows no storage: the page follows the system.
}
