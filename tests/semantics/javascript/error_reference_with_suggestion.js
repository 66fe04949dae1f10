function total(items) {
  return items.reduce((sum, item) => sum + elem.price, 0);
}

total([{ price: 1 }]);
