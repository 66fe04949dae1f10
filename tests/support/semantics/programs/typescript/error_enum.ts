console.log('begun');

enum Color {
  Red = 'red',
}
console.log(Color.Red);
