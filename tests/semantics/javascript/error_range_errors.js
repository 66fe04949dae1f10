for (const make of [() => new Array(-1), () => (1.5).toFixed(101), () => 'x'.repeat(-1), () => 10n ** -1n, () => BigInt(1.5), () => new Date(NaN).toISOString(), () => (5).toString(99), () => structuredClone(() => {}), () => [].reduce((a) => a), () => Symbol() + '', () => null[Symbol.iterator], () => { const c = 1; c = 2; }, () => new (class A { #p; static t(o) { return o.#p; } }).constructor.t({}), () => decodeURIComponent('%'), () => JSON.parse('')]) {
  try { make(); console.log('no error'); } catch (error) { console.log(`${error.name}: ${error.message}`); }
}
'x'.repeat(2 ** 30);
