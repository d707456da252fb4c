import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalHwid, isHwid } from './rules.ts';

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/api/test-vectors.json'), 'utf8')) as {
  hwids: Record<string, string[]>;
};

describe('canonicalHwid()', () => {
  it.each(Object.entries(vectors.hwids))('is %j of all its spellings, as in the database', (canonical, spellings) => {
    expect(spellings.map(canonicalHwid)).toEqual(spellings.map(() => canonical));
    expect(canonicalHwid(canonical)).toBe(canonical);
  });
});

describe('isHwid()', () => {
  it('does not count quotes', () => {
    expect(isHwid('“ABCD”')).toBe(true);
    expect(isHwid('“ABC”')).toBe(false);
    expect(isHwid('“”')).toBe(false);
  });
});
