// stdin: "shout this\n"
const { pipeline, Transform } = require('stream');
const upper = new Transform({
  transform(chunk, encoding, done) {
    done(null, chunk.toString().toUpperCase());
  },
});
pipeline(process.stdin, upper, process.stdout, (error) => console.error('done', error));
