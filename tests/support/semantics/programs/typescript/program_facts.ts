// args: ["-v", "a b", "é"]
type Fact = [name: string, value: unknown];
const facts: Fact[] = [
  ['argv', process.argv],
  ['execArgv', process.execArgv],
  ['main', require.main === module],
  ['file', __filename],
  ['cache', Object.keys(require.cache)],
  ['events', process.eventNames()],
  ['globals', Object.keys(globalThis)],
  ['emitWarning', Object.getOwnPropertyDescriptor(process, 'emitWarning')],
  ['loaded', process.moduleLoadList.filter((name: string) => /sandbox|boot/i.test(name))],
];
for (const [name, value] of facts) console.log(name, value);
