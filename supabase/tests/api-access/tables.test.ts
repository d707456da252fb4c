import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, callers, refusal, startApi } from './callers.ts';
import { columnsNobodyUpdates, tables } from './table-cases.ts';

/**
 * Every table, every command, everyone who might try, through REST with real tokens. What a
 * person may is in `table-cases.ts`; whatever is not there must be refused and change nothing.
 */
let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe.each(Object.entries(tables))('%s', (table, spec) => {
  const all = (columns = spec.columns) => `${table}?select=${columns}&${spec.key}=not.is.null`;

  it.each(callers)('select by %s', async (caller) => {
    const { status, body } = await api.rest(caller, `${table}?select=${spec.columns}`, 'GET');
    if (caller === 'anon') {
      expect([status, body.code]).toEqual([401, '42501']);
      return;
    }
    expect(status).toBe(200);
    const expected = spec.reads[caller];
    if (!expected) expect(body).toEqual([]);
    else if (expected === 'own') expect(body).toHaveLength(1);
    else expect(body.length).toBeGreaterThan(0);
    if (expected === 'own' && table === 'staff') expect(body[0].user_id).toBe(api.userIds[caller]);
  });

  it.each(callers)('update by %s', async (caller) => {
    const before = await api.snapshot(table);
    const { status, body } = await api.rest(
      caller,
      `${all()}${spec.updateFilter ? `&${spec.updateFilter}` : ''}`,
      'PATCH',
      spec.update,
    );
    if (spec.updaters?.includes(caller)) {
      expect(status).toBe(200);
      expect(body.length).toBeGreaterThan(0);
      return;
    }
    if (spec.updateIsGranted && caller !== 'anon') expect([status, body]).toEqual([200, []]);
    else expect([status, body.code]).toEqual([refusal(caller), '42501']);
    expect(await api.snapshot(table)).toBe(before);
  });

  it.each(callers)('insert by %s', async (caller) => {
    const before = await api.snapshot(table);
    const { status, body } = await api.rest(caller, `${table}?select=${spec.columns}`, 'POST', spec.insert);
    if (spec.inserters?.includes(caller)) {
      expect(status).toBe(201);
      return;
    }
    expect([status, body.code]).toEqual([refusal(caller), '42501']);
    expect(await api.snapshot(table)).toBe(before);
  });

  it.each([...callers].reverse())('delete by %s', async (caller) => {
    const before = await api.snapshot(table);
    const filter = spec.deleteFilter ? `${table}?${spec.deleteFilter}&select=${spec.columns}` : all();
    const { status, body } = await api.rest(caller, filter, 'DELETE');
    if (spec.deleters?.includes(caller)) {
      expect(status).toBe(200);
      expect(body.length).toBeGreaterThan(0);
      return;
    }
    if (spec.deleteIsGranted && caller !== 'anon') expect([status, body]).toEqual([200, []]);
    else expect([status, body.code]).toEqual([refusal(caller), '42501']);
    expect(await api.snapshot(table)).toBe(before);
  });

  it.each(columnsNobodyUpdates[table] ?? [])('nobody updates %j', async (change) => {
    const before = await api.snapshot(table);
    for (const caller of callers) {
      const { status } = await api.rest(caller, all(), 'PATCH', change);
      expect(status).toBe(refusal(caller));
    }
    expect(await api.snapshot(table)).toBe(before);
  });
});
