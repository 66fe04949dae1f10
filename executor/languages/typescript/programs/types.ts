// A wrong type is no error here, and what is only type leaves nothing behind.
import type { Nothing } from "left-pad";

type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: number };

abstract class Named<T extends string = string> {
  declare note: T;
  readonly #shapes: Shape[] = [];
  abstract get name(): T;
  add(this: Named, ...shapes: Shape[]): this {
    this.#shapes.push(...shapes);
    return this;
  }
  get count(): number {
    return this.#shapes.length as unknown as number;
  }
}

class Drawing extends Named<"drawing"> {
  override get name(): "drawing" {
    return "drawing";
  }
}

const wrong: number = "no number";
const drawing = new Drawing().add({ kind: "circle", radius: 1 } satisfies Shape);
console.log(drawing.name, drawing.count, "note" in drawing, typeof wrong);
