// Shows the versions of the runtimes. Only the engine knows them, and the page does not wait for it.

export async function showRuntimes(url, place) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const runtimes = (await answer.json()).map(({ runtime }) => runtime).filter(Boolean);
  place.textContent = [...new Set(runtimes)].join(" · ");
}
