const log = (name) => () => console.log(name);
setTimeout(log('20'), 20);
setTimeout(log('1 first'), 1);
setTimeout(log('1 second'), 1);
setTimeout(log('0 counts as 1'), 0);
setTimeout(() => {
  setImmediate(log('immediate in timer'));
  setTimeout(() => {
    let count = 0;
    const interval = setInterval(() => {
      console.log('interval', ++count);
      if (count === 3) clearInterval(interval);
    }, 5);
  }, 0);
  process.nextTick(log('tick in timer'));
}, 40);
const cleared = setTimeout(log('never'), 5);
clearTimeout(cleared);

