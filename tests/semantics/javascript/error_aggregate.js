const errors = [new Error('first'), new TypeError('second', { cause: 'text' }), 'third'];
try {
  throw new AggregateError(errors, 'several');
} catch (error) {
  console.log(error.errors.length, error.message);
}
Promise.any([Promise.reject(new Error('a')), Promise.reject(new RangeError('b'))]);
