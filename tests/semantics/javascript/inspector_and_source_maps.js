const inspector = require('inspector');
console.log(inspector.url());
const session = new inspector.Session();
session.connect();
session.post('Runtime.evaluate', { expression: '6 * 7' }, (error, { result }) => console.log(result));
session.post('Profiler.enable', () => session.post('Profiler.start', () => session.post('Profiler.stop', (error, { profile }) => {
  const urls = new Set(profile.nodes.map((node) => node.callFrame.url).filter((url) => !url.startsWith('node:') && url));
  console.log([...urls]);
})));
session.post('Debugger.enable');
session.on('Debugger.scriptParsed', ({ params }) => { if (params.url.includes('sandbox')) console.log('seen:', params.url); });
console.log(require('module').findSourceMap('/app/script.js'));
