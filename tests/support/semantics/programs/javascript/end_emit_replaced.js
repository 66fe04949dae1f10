// As packages do that want to know of every end.
const { emit } = process;
process.emit = function (name, ...values) {
  if (name === 'exit') console.log('emit', name, ...values);
  return emit.call(this, name, ...values);
};
process.on('exit', (code) => console.log('listener', code));
console.log(Object.keys(process).includes('emit'));
