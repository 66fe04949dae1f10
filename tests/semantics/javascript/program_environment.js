const os = require('os');
console.log(Object.keys(process.env).sort(), process.env.HOME, process.env.PATH, process.env.NODE_OPTIONS, process.env.LANG);
process.env.NEW = 5;
console.log(process.env.NEW, require('child_process').execSync('echo $NEW', { encoding: 'utf8' }), 'X' in process.env, delete process.env.NEW);
console.log(os.EOL, os.hostname(), os.homedir(), os.tmpdir(), os.type(), os.endianness(), os.platform(), os.constants.signals.SIGKILL);
console.log(process.getuid() > 0, process.getgid() > 0, process.getuid() === process.geteuid(), os.arch());
