class Account {
  static #count = 0;
  #balance = 0;
  static { this.created = 'static block'; }
  constructor(owner) { this.owner = owner; Account.#count++; }
  get balance() { return this.#balance; }
  set balance(value) { if (value < 0) throw new RangeError('negative'); this.#balance = value; }
  static isAccount(o) { return #balance in o; }
  toJSON() { return { owner: this.owner, balance: this.#balance }; }
  [Symbol.toPrimitive](hint) { return hint === 'number' ? this.#balance : `Account of ${this.owner}`; }
  static get count() { return Account.#count; }
}
class Savings extends Account { rate = 0.5; constructor(o) { super(o); } get balance() { return super.balance * 2; } set balance(v) { super.balance = v; } }
const s = new Savings('Ann');
s.balance = 5;
console.log(s, s.balance, +s, `${s}`, JSON.stringify(s), Account.isAccount({}), Account.count, Account.created, Savings.name, Object.getOwnPropertyNames(Account.prototype));
console.log(class {}, class A extends Savings {}, Object.create(null), Object.create({ a: 1 }), new (class Foo { bar = 1; })());
s.balance = -1;
