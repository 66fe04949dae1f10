async function load() {
  await null;
  throw new RangeError('rejected at the top');
}
await load();
