import { describe, expect, it } from 'vitest';
import { poolOptions } from './database.ts';

const at = (port: string) => `postgresql://postgres:p@db.example.com${port}/postgres`;

describe('poolOptions()', () => {
  it.each([
    ['a database at its own port', at(':5432'), '', true],
    ['a database at no named port', at(''), '', true],
    ["a transaction pooler's port", at(':6543'), '', false],
    ['a transaction pooler elsewhere, as said', at(':5432'), 'transaction', false],
    ['a session pooler at 6543, as said', at(':6543'), 'session', true],
  ])('%s', (_, url, mode, prepare) => {
    expect(poolOptions(url, mode)).toEqual({ max: 2, prepare });
  });

  it('refuses a mode there is not, by name', () => {
    expect(() => poolOptions(at(''), 'statement')).toThrow('DATABASE_POOL_MODE must be');
  });
});
