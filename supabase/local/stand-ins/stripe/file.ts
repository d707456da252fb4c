import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Store } from './store.ts';

type Change = [collection: string, object: { id: string } | null, id?: string];

/** State kept as lines, each one whole batch of changes: a run killed while writing loses only its last batch. */
export class StateFile {
  readonly #store: Store;
  readonly #path: string;

  constructor(store: Store, path: string) {
    this.#store = store;
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** Reads the state back and rewrites the file without what was superseded. */
  load(): void {
    if (!existsSync(this.#path)) return;
    const lines = readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
    for (const line of lines) for (const change of parse(line)) this.#apply(change);
    this.#store.random.state = this.#store.settings.random;
    this.#store.clearChanges();
    if (lines.length > 1) this.#rewrite();
  }

  save(): void {
    const changes = this.#store.takeChanges();
    if (changes.length > 0) appendFileSync(this.#path, `${JSON.stringify(changes)}\n`, { mode: 0o600 });
  }

  #apply([name, object, id]: Change): void {
    const collection = this.#store.collection(name);
    if (object) collection?.put(object);
    else if (id !== undefined) collection?.remove(id);
  }

  #rewrite(): void {
    const whole = this.#store
      .names()
      .map((name) => JSON.stringify((this.#store.collection(name)?.all() ?? []).map((object) => [name, object])));
    const temporary = `${this.#path}.new`;
    writeFileSync(temporary, `${whole.join('\n')}\n`, { mode: 0o600 });
    renameSync(temporary, this.#path);
  }
}

function parse(line: string): Change[] {
  try {
    return JSON.parse(line) as Change[];
  } catch {
    return [];
  }
}
