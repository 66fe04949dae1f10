// A number of bytes, in words.

export function inWords(size) {
  if (size < 1024) return `${size} byte${size === 1 ? "" : "s"}`;
  if (size < 2 ** 20) return `${Math.round(size / 1024)} KiB`;
  return `${(size / 2 ** 20).toFixed(1).replace(/\.0$/, "")} MiB`;
}
