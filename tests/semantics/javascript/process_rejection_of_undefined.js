async function fail() {
  throw undefined;
}
fail();
