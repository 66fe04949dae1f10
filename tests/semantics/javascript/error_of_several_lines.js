throw new Error('line one\nline two\n    at fake (/app/script.js:99:1)\nSyntaxError: not this');
