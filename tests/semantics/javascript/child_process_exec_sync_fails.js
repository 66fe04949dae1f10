const { execSync } = require('child_process');
try {
  execSync('echo to stderr >&2; exit 9');
} catch (error) {
  delete error.pid;
  throw error;
}
