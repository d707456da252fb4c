import { randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Deterministic under a seed; its state is kept with the data, or a restart would hand out the same ids again. */
export class Random {
  state: number;

  constructor(seed: number = randomInt(2 ** 31)) {
    this.state = seed >>> 0;
  }

  /** mulberry32: [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  text(length: number, letters = alphabet): string {
    let text = '';
    for (let index = 0; index < length; index++) text += letters[this.below(letters.length)];
    return text;
  }

  id(prefix: string, length = 24): string {
    return `${prefix}_${this.text(length)}`;
  }
}
