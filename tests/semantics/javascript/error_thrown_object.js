function fail() {
  throw { code: 7, inner: { list: ['a', 'b'] }, toString() { return 'my object'; } };
}
fail();
