import { basename, type ParsedPath } from 'node:path';
import type { Stats } from 'node:fs';

interface Named {
  readonly name: string;
}

class Place implements Named {
  readonly name: string;
  #visits: number = 0;
  constructor(name: string) {
    this.name = name;
  }
  visit(this: Place): this {
    this.#visits++;
    return this;
  }
  get visits(): number {
    return this.#visits;
  }
}

const later = <T,>(value: T): Promise<T> => Promise.resolve(value);
const place = await later(new Place(basename(import.meta.url)));
console.log(place.visit().name, place.visits satisfies number, typeof require);
console.log(((one: ParsedPath | Stats | undefined) => typeof one)(undefined), new Error('x').stack);
