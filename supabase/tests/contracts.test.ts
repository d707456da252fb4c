import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { words } from '@whatautosys/edge-functions/alert-dispatch/words';
import { templates } from '@whatautosys/edge-functions/mail-dispatch/templates';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minorDigits } from '../contracts/constants/currencies.ts';
import { functions } from '../contracts/functions/index.ts';
import { jsonSchema } from '../contracts/json-schema.ts';
import { alertWords } from '../contracts/reports/words.ts';
import { rpc, type RpcName } from '../contracts/rpc/index.ts';
import { subjectPath, subjectPaths } from '../contracts/subjects.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

const root = join(import.meta.dirname, '../..');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('functions of the API', () => {
  it('each has a contract, and nothing else has one', async () => {
    const rows = await db.sql`select proname from pg_proc where pronamespace = 'public'::regnamespace`;
    expect(Object.keys(rpc).sort()).toEqual(rows.map(({ proname }) => proname as string).sort());
  });

  /** JSON's types by the database's; anything may stand for what is not here. */
  const jsonTypes: Record<string, string> = {
    bool: 'boolean',
    int4: 'integer',
    int8: 'integer',
    text: 'string',
    uuid: 'string',
    date: 'string',
    timestamptz: 'string',
    _text: 'array',
    _uuid: 'array',
  };

  it.each(Object.keys(rpc) as RpcName[])('%s takes what its contract says', async (name) => {
    const [row] = await db.sql<[{ names: string[] | null; types: string[]; defaults: number }]>`
      select proargnames as names, pronargdefaults as defaults,
        array(select typname from unnest(proargtypes) with ordinality as given (type, place)
          join pg_type on pg_type.oid = given.type order by place) as types
      from pg_proc where pronamespace = 'public'::regnamespace and proname = ${name}`;
    const { properties = {}, required = [] } = jsonSchema(rpc[name].args, 'input');
    const names = row.names ?? [];
    expect(Object.keys(properties).sort()).toEqual([...names].sort());
    // What has no default in SQL must be given.
    expect([...required].sort()).toEqual(names.slice(0, names.length - row.defaults).sort());
    for (const [index, argument] of names.entries()) {
      const given = properties[argument] as { type?: string | string[]; anyOf?: Array<{ type?: string | string[] }> };
      const expected = jsonTypes[row.types[index]!];
      if (expected)
        expect([given.type, ...(given.anyOf ?? []).map(({ type }) => type)].flat(), argument).toContain(expected);
    }
  });
});

describe('edge functions', () => {
  const folders = readdirSync(join(root, 'edge-functions')).filter((name) =>
    existsSync(join(root, 'edge-functions', name, 'index.ts')),
  );

  it('each has a contract, and nothing else has one', () => {
    expect(Object.keys(functions).sort()).toEqual(folders.sort());
  });

  it.each(folders)('%s asks Auth about its callers exactly if its contract says so; the gateway does not', (name) => {
    const config = readFileSync(join(root, 'supabase/config.toml'), 'utf8');
    const section = config.split(`[functions.${name}]`)[1]!.split('\n[')[0]!;
    const { auth } = functions[name as keyof typeof functions];
    expect(section).toContain('verify_jwt = false');
    const index = readFileSync(join(root, 'edge-functions', name, 'index.ts'), 'utf8');
    expect(index.includes('createAuthenticate(')).toBe(auth === 'staff');
  });
});

it.each(['EUR', 'JPY', 'KWD', 'ISK', 'UGX', 'XPF', 'TND', 'CLP'])('%s has as many digits in SQL', async (currency) => {
  const [row] = await db.sql`select private.currency_decimals(${currency}) as digits`;
  expect(minorDigits(currency)).toBe(row!['digits']);
});

describe('registries', () => {
  it('each mail of the database has its words, and nothing else has', async () => {
    const rows = await db.sql`select template from private.email_templates`;
    expect(Object.keys(templates).sort()).toEqual(rows.map(({ template }) => template as string).sort());
  });

  it('each alert that messengers hear of has its words', async () => {
    const rows = await db.sql`select kind from private.alert_kinds where severity <> 'info'`;
    expect(rows.map(({ kind }) => kind as string).filter((kind) => !Object.hasOwn(words, kind))).toEqual([]);
  });

  it('each alert has its words in reports, and nothing else has', async () => {
    const kinds = await db.sql`select kind from private.alert_kinds`;
    expect(kinds.map(({ kind }) => kind as string).sort()).toEqual(Object.keys(alertWords).sort());
  });

  it('no words are left of an alert that is gone', async () => {
    const rows = await db.sql`select kind from private.alert_kinds`;
    expect(Object.keys(words).filter((word) => !rows.some(({ kind }) => kind === word))).toEqual([]);
  });
});

describe('subjectPath()', () => {
  it.each([
    ['license', 'a/b', '/licences/a%2Fb'],
    ['subscription', 'id', '/abonnements?subscription=id'],
    ['no_such_subject', 'id', null],
    ['toString', 'id', null],
    ['license', null, null],
    [null, 'id', null],
  ])('%j %j: %j', (type, id, path) => expect(subjectPath(type, id)).toBe(path));

  it('every path begins at the console’s root', () => {
    for (const path of Object.values(subjectPaths)) expect(path('x')).toMatch(/^\/[a-z]/);
  });
});
