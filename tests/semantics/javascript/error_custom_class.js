class NotFound extends Error {
  constructor(what, options) {
    super(`no ${what}`, options);
    this.name = 'NotFound';
    this.what = what;
  }
}
class Plain extends Error {}
try {
  throw new Plain('plain');
} catch (error) {
  console.log(String(error), error.name, error instanceof Plain, error.constructor.name, Object.prototype.toString.call(error));
  console.log(error);
}
throw new NotFound('user 7', { cause: new Plain('the database is away') });
