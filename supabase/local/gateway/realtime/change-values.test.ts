import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawClient, startRealtimeHome, type RealtimeHome } from './testing.ts';
import { changesSchema } from './changes-schema.ts';

let home: RealtimeHome;
beforeAll(async () => {
  home = await startRealtimeHome();
  await home.sql.unsafe(changesSchema);
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

describe('values', () => {
  const rows = [
    `(1, true, 1, 9007199254740993, 1.5, 0.1, 12345678901234567890.1230, E'é"\\\\\\n\\t🎉', 'abc', 'ab',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"b":1, "a":[null],"a":2}', '{"b": 9007199254740993, "a": "x"}',
      '2026-02-03', '2026-02-03 04:05:06.7', '2026-02-03 04:05:06.123456+02', '04:05:06', '1 day 02:00',
      '\\x00ff', '{1,null,3}', '{a,"b c",null}',
      'ok', '{sad,happy}', 7, '(1,"x y")', '[1,5)', '10.0.0.1/8', 'CiTeXt', B'101', 12.34, 4294967295)`,
    `(2, false, -1, -9223372036854775808, 'NaN', '1e300', 'Infinity', '', '', '', null, 'null', 'null',
      '4713-01-01 BC', '-infinity', 'infinity', '24:00', '-1 mon', '', '{}', '{{a,b},{c,d}}', null, '{}', null,
      null, 'empty', '::1', '', null, null, 0)`,
    `(3, null, null, null, '-0', '-0', -0.50, null, null, null, null, '"x"', '[]', 'infinity', '0044-03-15 BC',
      '10000-01-01 00:00+00', null, null, null, null, null, null, null, null, '(,)', null, null, null, null,
      null, null)`,
  ];

  it.each(rows)('are what to_jsonb makes of them: row %#', async (values) => {
    const client = await rawClient(home);
    await client.join('kinds', { postgres_changes: [{ event: 'INSERT', schema: 'public', table: 'kinds' }] });
    await client.frames.next(([, , , event]) => event === 'system');
    const [expected] = await home.sql.unsafe(
      `insert into public.kinds values ${values} returning to_jsonb(kinds)::text as row`,
    );
    await client.frames.next(([, , , event]) => event === 'postgres_changes');
    const record = /"record":(\{.*\}),"errors"/.exec(client.texts.at(-1)!)![1]!;
    // PostgreSQL compares, so that no digit is lost on the way.
    const [comparison] = await home.sql`select ${record}::text::jsonb = ${expected!['row']}::text::jsonb as equal,
        ${record}::text::jsonb::text as sent`;
    expect(comparison!['sent']).toBe(expected!['row']);
    expect(comparison!['equal']).toBe(true);
    client.socket.close();
  });
});
