// Reads the versions of the runtimes, by language. Only the engine knows them, and the page does not wait for it.

export async function readRuntimes(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => []) : []; // the connection may break at any time
  return Object.fromEntries(found.map(({ slug, runtime, built }) => [slug, built === false ? UNBUILT : runtime]));
}

const UNBUILT = "not built on this site yet, so it can't run";
