function get() {
  const value = await Promise.resolve(1);
  return value;
}
console.log(get());
