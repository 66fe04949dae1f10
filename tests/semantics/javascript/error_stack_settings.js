console.log(Error.stackTraceLimit, Error.prepareStackTrace, Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'));
Error.stackTraceLimit = 100;
console.log(new Error('all frames').stack.split('\n').length, new Error('x').stack);
Error.stackTraceLimit = 1;
console.log(new Error('one frame').stack);
Error.stackTraceLimit = 10;
Error.prepareStackTrace = (error, frames) => frames.map((frame) => `${frame.getFunctionName()}@${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}:${frame.isToplevel()}`);
console.log(new Error('structured').stack);
delete Error.prepareStackTrace;
const holder = {};
Error.captureStackTrace(holder, f);
function f() {}
console.log(holder.stack, require('util').getCallSites().map((site) => `${site.functionName} ${site.scriptName} ${site.lineNumber}`));
