import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RpcResult } from '../contracts/rpc/index.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { ruling } from './log-rules.ts';
import { asking } from './logs.ts';

let db: TestDatabase;
let admin: Persona;
let rules: ReturnType<typeof ruling>;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  rules = ruling(db, admin);
});
afterAll(() => db.drop());
beforeEach(() => rules.begin());

const count = { kind: 'count', threshold: 3, minutes: 10 } as const;
const refused = async (work: Promise<unknown>) => {
  const error = (await work.then(
    () => ({ hint: 'accepted', detail: 'null' }),
    (failure: unknown) => failure,
  )) as { hint: string; detail: string };
  return { code: error.hint, ...(error.detail.startsWith('{') ? (JSON.parse(error.detail) as object) : {}) };
};

describe('a rule that can never fire', () => {
  it.each([
    ['group_comes_once', { kind: 'new_group', threshold: 3 }],
    ['group_comes_once', { kind: 'returned_group', threshold: 1 }],
    ['no_line_can_match', { query: 'level:error level:info' }],
    ['no_line_can_match', { query: 'level:error (level:info OR level:warning)' }],
    ['no_line_can_match', { query: 'level:error,info -(level:error OR level:info)' }],
    ['no_line_can_match', { query: 'timeout -timeout' }],
    ['no_line_can_match', { query: '"connection timeout" NOT TIMEOUT' }],
    ['no_line_can_match', { query: 'source:baileys source:stripe' }],
    ['no_line_can_match', { query: 'version:1 (a AND version:2)' }],
    ['no_line_can_match', { query: '(level:info level:error) OR (group:1 group:2)' }],
    ['no_line_can_match', { query: 'after:1h before:2h' }],
    ['no_line_can_match', { query: 'after:2100-01-02 before:2100-01-01' }],
    ['no_line_can_match', { query: 'before:2100-01-01 after:2100-01-01' }],
    ['ends_in_the_past', { query: 'before:2020-01-01 timeout' }],
    ['groups_are_grave', { kind: 'new_group', query: 'level:info' }],
    ['groups_are_grave', { counted_by: 'group', query: 'level:debug OR level:none' }],
  ] as const)('is refused: %s of %j', async (reason, given) => {
    const rule = { name: 'Never', ...('kind' in given ? {} : count), ...given };
    expect(await refused(rules.call('save_log_rule', { rule }))).toEqual({ code: 'log_rule_never_fires', reason });
    expect(await refused(rules.call('preview_log_alert', { rule }))).toEqual({ code: 'log_rule_never_fires', reason });
  });

  it.each([
    { kind: 'new_group' },
    { kind: 'new_group', threshold: 0 },
    { query: 'level:error OR level:info' },
    { query: 'timeout -error' },
    { query: 'TIMEOUT NOT "connection timeout"' },
    { query: 'source:"Mistral AI" source:mistral-ai' },
    { query: 'source:nobody source:nothing-yet OR a' },
    { query: 'after:2h before:1h' },
    { query: 'NOT (level:error a)  level:error' },
    { counted_by: 'group', query: 'NOT level:info' },
  ] as const)('is another than %j', async (given) => {
    const rule = { name: 'May fire', ...('kind' in given ? {} : count), ...given };
    await expect(rules.call('save_log_rule', { rule })).resolves.toMatchObject({ name: 'May fire' });
  });
});

describe('what is no rule', () => {
  it.each([
    ['kind', { kind: 'other' }],
    ['name', { ...count, name: ' ' }],
    ['name', { ...count, name: 'x'.repeat(121) }],
    ['name', { ...count, name: 'two\nlines' }],
    ['name', { ...count, name: 'Errors of ines@example.com' }],
    ['counted_by', { ...count, counted_by: 'customer' }],
    ['counted_by', { kind: 'new_group', counted_by: 'all' }],
    ['counted_by', { kind: 'silence', minutes: 5, counted_by: 'license' }],
    ['threshold', { kind: 'count', minutes: 5 }],
    ['threshold', { kind: 'count', minutes: 5, threshold: -1 }],
    ['threshold', { kind: 'count', minutes: 5, threshold: 1.5 }],
    ['threshold', { kind: 'count', minutes: 5, threshold: '3' }],
    ['minutes', { kind: 'count', threshold: 3 }],
    ['minutes', { kind: 'count', threshold: 3, minutes: 1_441 }],
    ['minutes', { kind: 'rate', threshold: 3, minutes: 61, factor: 2 }],
    ['minutes', { kind: 'silence' }],
    ['factor', { kind: 'rate', threshold: 3, minutes: 10 }],
    ['factor', { kind: 'rate', threshold: 3, minutes: 10, factor: 0.5 }],
    ['cool_down_minutes', { ...count, cool_down_minutes: 0 }],
    ['severity', { ...count, severity: 'fatal' }],
    ['channels', { ...count, channels: ['pager'] }],
    ['channels', { ...count, channels: 'slack' }],
    ['is_enabled', { ...count, is_enabled: 'yes' }],
    ['channels', { ...count, severity: 'info', channels: ['slack'] }],
  ])('is refused by its field: %s of %j', async (field, given) => {
    expect(await refused(rules.call('save_log_rule', { rule: { name: 'No rule', ...given } }))).toEqual({
      code: 'invalid_log_rule',
      field,
    });
  });

  it('has a query that can be read, and says where it cannot', async () => {
    const rule = { ...count, name: 'Query', query: 'a (b' };
    expect(await refused(rules.call('save_log_rule', { rule }))).toMatchObject({
      code: 'query_invalid',
      position: 2,
      reason: 'not_closed',
    });
    expect(await refused(rules.call('save_log_rule', { rule: 'rule' }))).toMatchObject({ code: 'invalid_log_rule' });
  });
});

describe('a change', () => {
  it('names what was seen, and is refused when that is no longer so', async () => {
    const rule = await rules.save({ ...count, name: 'First' });
    const change = { rule: { ...count, name: 'Second' }, rule_id: rule.id };
    await expect(rules.call('save_log_rule', { ...change, seen: rule })).resolves.toMatchObject({ name: 'Second' });
    const error = rules.call('save_log_rule', { ...change, seen: rule });
    await expect(error).rejects.toMatchObject({ code: 'PT409', hint: 'log_rule_changed', detail: '["name"]' });
    expect(await refused(rules.call('save_log_rule', { ...change, seen: null }))).toMatchObject({
      code: 'invalid_argument',
    });
    const other = { ...change, rule_id: crypto.randomUUID(), seen: rule };
    expect(await refused(rules.call('save_log_rule', other))).toMatchObject({ code: 'log_rule_not_found' });
  });

  it('of what fires it makes a rule begin anew; of its name it does not', async () => {
    const rule = await rules.save({ ...count, threshold: 1 });
    await rules.hear(1, ['x', 'x']);
    const renamed = { ...count, threshold: 1, name: 'Renamed' };
    await rules.call('save_log_rule', { rule: renamed, rule_id: rule.id, seen: rule });
    expect(await rules.fired(rule)).toMatchObject([{ ended: null }]);
    const lower = { ...renamed, threshold: 0 };
    await rules.call('save_log_rule', { rule: lower, rule_id: rule.id, seen: { ...rule, name: 'Renamed' } });
    expect(await rules.fired(rule)).toMatchObject([{ ended: expect.any(Number) }]);
    expect((await rules.list()).find(({ id }) => id === rule.id)).toMatchObject({ firing_count: 0, threshold: 0 });
  });

  it('is audited without the query, which may name a customer', async () => {
    const rule = await rules.save({ ...count, query: 'client:ines@example.com' });
    await rules.call('pause_log_rules', { rule_ids: [rule.id] });
    await rules.call('delete_log_rule', { rule_id: rule.id });
    const events = await db.sql`select event_type, event_data::text as data, user_id from public.events
      where subject_id = ${rule.id} order by sequence`;
    expect(events.map(({ event_type }) => event_type)).toEqual([
      'log_rule_created',
      'log_rule_paused',
      'log_rule_deleted',
    ]);
    expect(events.every(({ data, user_id }) => !String(data).includes('@') && user_id === admin.userId)).toBe(true);
  });
});

describe('pausing', () => {
  it('takes all rules or none, and lines of the pause never count', async () => {
    const [one, two] = [await rules.save({ ...count, threshold: 3 }), await rules.save({ ...count, name: 'Two' })];
    const pause = (rule_ids: string[], is_paused: boolean) =>
      rules.call<number>('pause_log_rules', { rule_ids, is_paused });
    expect(await refused(pause([one.id, crypto.randomUUID()], true))).toMatchObject({ code: 'log_rule_not_found' });
    expect((await rules.list()).map(({ is_enabled }) => is_enabled)).toEqual([true, true]);
    expect(await pause([one.id, two.id], true)).toBe(2);
    expect(await pause([one.id], true)).toBe(0);
    await rules.hear(1, ['x', 'x', 'x', 'x']);
    expect(await pause([one.id], false)).toBe(1);
    await db.sql`update public.log_rules set enabled_at = ${rules.moment(2)} where id = ${one.id}`;
    await rules.hear(3, ['x']);
    expect([await rules.fired(one), await rules.fired(two)]).toEqual([[], []]);
    await rules.hear(4, ['x', 'x', 'x']);
    expect(await rules.fired(one)).toMatchObject([{ at: 4, lines: 4 }]);
  });

  it.each([[[]], [null]])('refuses %j', async (rule_ids) => {
    expect(await refused(rules.call('pause_log_rules', { rule_ids }))).toMatchObject({ code: 'invalid_argument' });
  });
});

it('a deleted rule tells nothing more, and what it told stays', async () => {
  const rule = await rules.save({ ...count, threshold: 0, minutes: 1, cool_down_minutes: 1 });
  await rules.hear(1, ['x']);
  await rules.call('delete_log_rule', { rule_id: rule.id });
  await rules.hear(10, ['x']);
  expect(await rules.fired(rule)).toMatchObject([{ at: 1 }]);
  expect(await rules.list()).toEqual([]);
});

it('two hundred rules are enough', async () => {
  const tree = { and: [] };
  await db.sql`insert into public.log_rules (name, kind, counted_by, tree)
    select 'Rule ' || number, 'new_group', 'group', ${db.sql.json(tree)} from generate_series(1, 200) as number`;
  expect(await refused(rules.call('save_log_rule', { rule: { ...count, name: 'One more' } }))).toMatchObject({
    code: 'too_many_log_rules',
  });
});

it.each(['support', 'viewer'] as const)('%s reads rules and tries them, and writes none', async (role) => {
  const { call } = asking(db, await db.addStaff(role));
  const rule = await rules.save({ ...count });
  const { rows } = await call<RpcResult<'list_log_rules'>>('list_log_rules', {});
  expect(rows.map(({ id }) => id)).toEqual([rule.id]);
  await expect(call('preview_log_alert', { rule: count })).resolves.toMatchObject({ complete: true });
  for (const [name, args] of [
    ['save_log_rule', { rule: { ...count, name: 'Mine' } }],
    ['delete_log_rule', { rule_id: rule.id }],
    ['pause_log_rules', { rule_ids: [rule.id] }],
  ] as const)
    expect(await refused(call(name, args))).toMatchObject({ code: 'permission_denied' });
});

it('a rule about a customer who is forgotten goes with him', async () => {
  const license = await createLicense(db.sql, { email: 'gone@example.com' });
  const [about, other] = [
    await rules.save({ ...count, query: 'client:Gone@example.com' }),
    await rules.save({ ...count, name: 'Other' }),
  ];
  await rules.call('revoke_license', { license_id: license.id, reason: 'Fin' });
  await rules.call('forget_customer', { customer_id: license['customer_id'], reason: 'Demande' });
  expect((await rules.list()).map(({ id }) => id)).toEqual([other.id]);
  const [row] = await db.sql`select query, tree from public.log_rules where id = ${about.id}`;
  expect(row).toEqual({ query: '', tree: { and: [] } });
});
