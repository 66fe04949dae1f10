// stdin: "ignored\n"
// repeat: 20000
console.log('done without reading');
