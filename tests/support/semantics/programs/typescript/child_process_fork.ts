import { execFileSync, fork } from 'node:child_process';

const isChild: boolean = process.send !== undefined;
if (isChild) {
  console.log('child', process.argv.slice(1), process.execArgv, Object.keys(process.env).sort());
} else {
  const code: string = 'const n: number = 6; console.log(n * 7)';
  console.log(String(execFileSync(process.execPath, ['--input-type=module-typescript', '-e', code])));
  fork(process.argv[1]!, ['one']);
}
