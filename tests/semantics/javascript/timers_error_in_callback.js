setTimeout(function tick() {
  const order = undefined;
  console.log(order.total);
}, 1);
setTimeout(() => console.log('never'), 50);
