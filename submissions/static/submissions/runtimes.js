// Reads the versions of the runtimes, by language. Only the engine knows them, and the page does not wait for it.

export async function readRuntimes(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return {};
  return Object.fromEntries((await answer.json()).map(({ slug, runtime }) => [slug, runtime]));
}
