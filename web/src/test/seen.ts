// Nothing is laid out here: to import this file makes whatever waits to be seen be seen at once.
globalThis.IntersectionObserver = class {
  readonly #tell: (entries: object[], observer: object) => void;
  constructor(tell: (entries: object[], observer: object) => void) {
    this.#tell = tell;
  }
  observe(target: Element): void {
    this.#tell([{ isIntersecting: true, target }], this);
  }
  unobserve(): void {}
  disconnect(): void {}
} as unknown as typeof IntersectionObserver;

export {};
