// The history: rows of unfinished runs are reloaded until they have finished.

const PAUSE = 2000; // milliseconds
const underWay = () => [...document.querySelectorAll("tr[data-under-way]")];

async function refresh() {
  const response = await fetch(location.href).catch(() => null);
  if (response?.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const row of underWay()) {
      // A row that is no longer on this page has moved to the next one.
      const fresh = page.getElementById(row.id);
      if (fresh) row.replaceWith(fresh);
    }
  }
  if (underWay().length) setTimeout(refresh, PAUSE);
}

if (underWay().length) setTimeout(refresh, PAUSE);
