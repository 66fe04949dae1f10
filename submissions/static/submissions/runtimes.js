// Reads what the languages' images have: the version of the runtime, and the packages. Only the engine knows it, and
// the page does not wait for it.

const UNBUILT = "not built on this site yet, so it can't run";

export async function readRuntimes(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => []) : []; // the connection may break at any time
  return Object.fromEntries(
    found.map(({ slug, runtime, built, packages }) => [
      slug,
      {
        runtime: built === false ? UNBUILT : runtime,
        packages: packages.map(({ name, version }) => `${name} ${version}`),
      },
    ]),
  );
}
