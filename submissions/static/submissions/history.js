// The history: rows of what has not ended are looked at again until it has.

const PAUSE = 2000;
const underWay = () => [...document.querySelectorAll("tr[data-under-way]")];

async function look() {
  const response = await fetch(location.href).catch(() => null);
  if (response?.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const row of underWay()) {
      // One that is not on this page any more has been pushed to the next.
      const fresh = page.getElementById(row.id);
      if (fresh) row.replaceWith(fresh);
    }
  }
  if (underWay().length) setTimeout(look, PAUSE);
}

if (underWay().length) setTimeout(look, PAUSE);
