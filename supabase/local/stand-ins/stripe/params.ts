import type Stripe from 'stripe';
import { errors } from './errors.ts';
import type { Form, FormValue } from './form.ts';

export interface Range {
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
}

const isObject = (value: FormValue | undefined): value is Form => typeof value === 'object' && !Array.isArray(value);

/** A request's parameters, read with Stripe's refusals. `path` prefixes names in messages: `items[0]`. */
export class Params {
  readonly form: Form;
  readonly #path: string;

  constructor(form: Form, path = '') {
    this.form = form;
    this.#path = path;
  }

  name(key: string): string {
    return this.#path ? `${this.#path}[${key}]` : key;
  }

  refuseUnknown(known: readonly string[]): void {
    for (const key of Object.keys(this.form)) if (!known.includes(key)) throw errors.unknown(this.name(key));
  }

  has(key: string): boolean {
    return this.form[key] !== undefined;
  }

  /** An empty string unsets. */
  isEmpty(key: string): boolean {
    return this.form[key] === '';
  }

  text(key: string): string | undefined {
    const value = this.form[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw errors.invalid(`Invalid string: ${JSON.stringify(value)}`, this.name(key));
    return value;
  }

  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw errors.required(this.name(key));
    if (value === '') throw errors.empty(this.name(key));
    return value;
  }

  integer(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined || value === '') return undefined;
    if (!/^-?\d+$/.test(value)) throw errors.notInteger(this.name(key), value);
    return Number(value);
  }

  number(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined || value === '') return undefined;
    if (!Number.isFinite(Number(value))) throw errors.invalid(`Invalid decimal: ${value}`, this.name(key));
    return Number(value);
  }

  boolean(key: string): boolean | undefined {
    const value = this.text(key);
    if (value === undefined || value === '') return undefined;
    if (value !== 'true' && value !== 'false') throw errors.invalid(`Invalid boolean: ${value}`, this.name(key));
    return value === 'true';
  }

  choice<const T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.text(key);
    if (value === undefined || value === '') return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      throw errors.invalid(
        `Invalid ${this.name(key)}: must be one of ${choices.slice(0, -1).join(', ')}, or ${choices.at(-1)}`,
        this.name(key),
      );
    return found;
  }

  /** Unix seconds, or `now`. */
  moment(key: string, now: number): number | undefined {
    if (this.form[key] === 'now') return now;
    const value = this.text(key);
    if (value !== undefined && value !== '' && !/^\d+$/.test(value))
      throw errors.invalid(`Invalid timestamp: must be an integer Unix timestamp or 'now'`, this.name(key));
    return this.integer(key);
  }

  child(key: string): Params | undefined {
    const value = this.form[key];
    if (value === undefined || value === '') return undefined;
    if (!isObject(value)) throw errors.invalid('Invalid object', this.name(key));
    return new Params(value, this.name(key));
  }

  children(key: string): Params[] | undefined {
    const value = this.form[key];
    if (value === undefined) return undefined;
    if (value === '') return [];
    if (!Array.isArray(value)) throw errors.invalid('Invalid array', this.name(key));
    return value.map((item, index) => {
      if (!isObject(item)) throw errors.invalid('Invalid object', `${this.name(key)}[${index}]`);
      return new Params(item, `${this.name(key)}[${index}]`);
    });
  }

  texts(key: string): string[] | undefined {
    const value = this.form[key];
    if (value === undefined) return undefined;
    if (value === '') return [];
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw errors.invalid('Invalid array', this.name(key));
    return value as string[];
  }

  /** Stripe's merge: an empty value removes its key, an empty `metadata` removes all. */
  metadata(current: Stripe.Metadata | null = {}, key = 'metadata'): Stripe.Metadata {
    const value = this.form[key];
    if (value === undefined) return current ?? {};
    if (value === '') return {};
    if (!isObject(value)) throw errors.invalid('Invalid hash', this.name(key));
    const merged: Stripe.Metadata = { ...current };
    for (const [name, text] of Object.entries(value)) {
      if (typeof text !== 'string')
        throw errors.invalid('Metadata values must be strings', `${this.name(key)}[${name}]`);
      if (text.length > 500)
        throw errors.invalid(
          `Metadata values can have up to 500 characters, but you passed in a value that is ${text.length} ` +
            `characters. Invalid value: ${text}`,
          `${this.name(key)}[${name}]`,
        );
      if (text === '') delete merged[name];
      else merged[name] = text;
    }
    if (Object.keys(merged).length > 50) throw errors.invalid('Metadata can only have up to 50 keys', this.name(key));
    return merged;
  }

  /** `created=1` or `created[gte]=1`. */
  range(key: string): Range | undefined {
    const value = this.form[key];
    if (value === undefined) return undefined;
    if (typeof value === 'string') {
      const exact = this.integer(key);
      return exact === undefined ? undefined : { gte: exact, lte: exact };
    }
    const child = this.child(key) as Params;
    child.refuseUnknown(['gt', 'gte', 'lt', 'lte']);
    const range: Range = {};
    for (const bound of ['gt', 'gte', 'lt', 'lte'] as const) {
      const limit = child.integer(bound);
      if (limit !== undefined) range[bound] = limit;
    }
    return range;
  }
}
