import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type Role, type TestDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

interface Account {
  display_name: string;
  locale: string | null;
  sessions: { id: string; is_current: boolean; ip_address: string | null; user_agent: string | null }[];
  factors: { id: string; name: string }[];
  recovery_codes: { left: number; made_at: string | null };
}
interface Outcome {
  outcome: string;
  codes_left: number | null;
  retry_after_seconds: number | null;
}

/** With the code given as many minutes ago as his token says. */
const codeGiven = (persona: Persona, minutesAgo = 0): Persona => ({
  ...persona,
  claims: { ...persona.claims, amr: [{ method: 'totp', timestamp: Math.floor(Date.now() / 1000) - minutesAgo * 60 }] },
});
const call = async <T>(persona: Persona, query: string, ...values: (string | null)[]): Promise<T> =>
  (await db.as(persona, (sql) => sql.unsafe(`select ${query} as answer`, values)))[0]!['answer'] as T;
const account = (persona: Persona) => call<Account>(persona, 'public.get_own_account()');
const addFactor = async ({ userId }: Persona, name: string, status = 'verified') => {
  const id = randomUUID();
  await db.sql`insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at)
    values (${id}, ${userId}, ${name}, 'totp', 'unverified', now(), now())`;
  if (status === 'verified') await db.sql`update auth.mfa_factors set status = 'verified' where id = ${id}`;
  return id;
};
const addSession = async ({ userId }: Persona, factorId: string | null = null) => {
  const id = randomUUID();
  await db.sql`insert into auth.sessions (id, user_id, aal, factor_id, ip, user_agent, created_at, updated_at)
    values (${id}, ${userId}, 'aal2', ${factorId}, '203.0.113.8', 'Firefox/140', now(), now())`;
  return id;
};
const told = async ({ email }: Persona) =>
  (
    await db.sql`select data ->> 'change' as change, locale from public.email_outbox
    where template = 'account_changed' and recipient = ${email} order by created_at, id`
  ).map(({ change }) => change);
const events = async ({ userId }: Persona) =>
  (
    await db.sql`select event_type from public.events where subject_type = 'staff' and subject_id = ${userId}
      and event_type like 'account%' order by sequence`
  ).map(({ event_type }) => event_type as string);
/** Given the password, not the code. */
async function locked(role: Role = 'viewer'): Promise<{ at: Persona; codes: string[] }> {
  const persona = await db.addStaff(role);
  await addFactor(persona, 'Téléphone');
  const { codes } = await call<{ codes: string[] }>(codeGiven(persona), 'public.make_recovery_codes()');
  const sessionId = randomUUID();
  await db.sql`insert into auth.sessions (id, user_id, aal) values (${sessionId}, ${persona.userId}, 'aal1')`;
  return { at: { ...persona, claims: { ...persona.claims, aal: 'aal1', session_id: sessionId } }, codes };
}
const recover = (at: Persona, code: string) => call<Outcome>(at, 'public.recover_with_code($1)', code);

describe('name and language', () => {
  it('are one’s own to change, audited, and kept with the staff row', async () => {
    const nora = await db.addStaff('viewer');
    expect(await call(nora, 'public.update_own_account($1, $2)', '  Nora Petit ', 'en')).toMatchObject({
      display_name: 'Nora Petit',
      locale: 'en',
    });
    expect(await call(nora, 'public.update_own_account()')).toMatchObject({ display_name: 'Nora Petit', locale: 'en' });
    expect(await events(nora)).toEqual(['account_renamed', 'account_language_changed']);
    expect(await call(nora, 'public.current_staff()')).toMatchObject({ locale: 'en' });
  });

  it.each([
    ['', 'invalid_name'],
    ['x'.repeat(121), 'invalid_name'],
    ['Nora\u0007', 'invalid_name'],
  ])('refuse the name %j', async (name, hint) => {
    const nora = await db.addStaff('viewer');
    await expect(call(nora, 'public.update_own_account($1)', name)).rejects.toMatchObject({ hint });
    expect(await account(nora)).toMatchObject({ display_name: nora.email });
  });

  it('refuse a language the console does not speak', async () =>
    expect(call(await db.addStaff('viewer'), 'public.update_own_account(null, $1)', 'de')).rejects.toMatchObject({
      hint: 'invalid_argument',
    }));
});

describe('sessions', () => {
  it('are listed with device and address, this one first, and nobody else’s', async () => {
    const [nora, marc] = [await db.addStaff('support'), await db.addStaff('admin')];
    const other = await addSession(nora);
    await addSession(marc);
    const { sessions } = await account(nora);
    expect(sessions.map(({ id, is_current }) => [id, is_current])).toEqual([
      [nora.sessionId, true],
      [other, false],
    ]);
    expect(sessions[1]).toMatchObject({ ip_address: '203.0.113.8', user_agent: 'Firefox/140' });
  });

  it('end one by one: the next call of that session is refused', async () => {
    const nora = await db.addStaff('support');
    const elsewhere = { ...nora, claims: { ...nora.claims, session_id: await addSession(nora) } };
    expect(await account(elsewhere)).toMatchObject({ display_name: nora.email });
    expect(await call(nora, 'public.end_own_sessions($1)', elsewhere.claims.session_id)).toBe(1);
    await expect(account(elsewhere)).rejects.toMatchObject({ code: '42501' });
    await expect(call(nora, 'public.end_own_sessions($1)', elsewhere.claims.session_id)).rejects.toMatchObject({
      code: 'PT404',
    });
  });

  it('end all at once but this one, told by mail once, and never another person’s', async () => {
    const [nora, marc] = [await db.addStaff('support'), await db.addStaff('admin')];
    await Promise.all([addSession(nora), addSession(nora)]);
    await expect(call(nora, 'public.end_own_sessions($1)', marc.sessionId)).rejects.toMatchObject({ code: 'PT404' });
    expect(await call(nora, 'public.end_own_sessions()')).toBe(2);
    expect(await call(nora, 'public.end_own_sessions()')).toBe(0);
    expect((await account(nora)).sessions).toHaveLength(1);
    expect((await account(marc)).sessions).toHaveLength(1);
    expect(await told(nora)).toEqual(['sessions_ended']);
  });
});

it('a password that replaces another is audited and told, whichever way it came; the first is not', async () => {
  const nora = await db.addStaff('viewer');
  await db.sql`update auth.users set encrypted_password = 'first' where id = ${nora.userId}`;
  await db.sql`update auth.users set encrypted_password = 'first', updated_at = now() where id = ${nora.userId}`;
  expect(await told(nora)).toEqual([]);
  await db.sql`update auth.users set encrypted_password = 'second' where id = ${nora.userId}`;
  expect(await told(nora)).toEqual(['password_changed']);
  expect(await events(nora)).toEqual(['account_password_changed']);
  const [stranger] = await db.sql`insert into auth.users (id, email, aud, role, encrypted_password)
    values (gen_random_uuid(), 'nobody@example.com', 'authenticated', 'authenticated', 'a') returning id`;
  await db.sql`update auth.users set encrypted_password = 'b' where id = ${stranger!.id}`;
  expect(await db.sql`select from public.events where subject_id = ${stranger!.id}`).toHaveLength(0);
});

describe('second factors', () => {
  it('are audited as they come; the second is told, unverified ones are not shown', async () => {
    const nora = await db.addStaff('viewer');
    await addFactor(nora, 'Téléphone');
    await addFactor(nora, 'À moitié', 'unverified');
    expect(await told(nora)).toEqual([]);
    await addFactor(nora, 'Tablette');
    expect(await told(nora)).toEqual(['factor_added']);
    expect((await account(nora)).factors.map(({ name }) => name)).toEqual(['Téléphone', 'Tablette']);
    expect(await events(nora)).toEqual(['account_factor_added', 'account_factor_added']);
  });

  it('are renamed, under a name of their own', async () => {
    const nora = await db.addStaff('viewer');
    const id = await addFactor(nora, 'Téléphone');
    await addFactor(nora, 'Tablette');
    const rename = (name: string, factor = id) => call(nora, 'public.rename_own_factor($1, $2)', factor, name);
    expect(await rename('Pixel')).toMatchObject({ factors: [{ name: 'Pixel' }, { name: 'Tablette' }] });
    await expect(rename('Tablette')).rejects.toMatchObject({ code: 'PT409', hint: 'factor_name_taken' });
    await expect(rename(' ')).rejects.toMatchObject({ hint: 'invalid_name' });
    await expect(rename('x', await addFactor(await db.addStaff('admin'), 'Autre'))).rejects.toMatchObject({
      code: 'PT404',
    });
  });

  it('go with a fresh code only, never the last, and sessions opened with it end', async () => {
    const nora = await db.addStaff('viewer');
    const [phone, tablet] = [await addFactor(nora, 'Téléphone'), await addFactor(nora, 'Tablette')];
    await addSession(nora, phone);
    const kept = await addSession(nora, tablet);
    const remove = (by: Persona, id: string) => call(by, 'public.remove_own_factor($1)', id);
    for (const stale of [nora, codeGiven(nora, 11)])
      await expect(remove(stale, phone)).rejects.toMatchObject({ hint: 'fresh_code_required' });
    expect(await remove(codeGiven(nora), phone)).toMatchObject({
      factors: [{ id: tablet }],
      sessions: [{ id: nora.sessionId }, { id: kept }],
    });
    await expect(remove(codeGiven(nora), tablet)).rejects.toMatchObject({ hint: 'last_factor' });
    expect(await told(nora)).toEqual(['factor_added', 'factor_removed']);
  });

  it('of two removals at once one stays', async () => {
    const nora = codeGiven(await db.addStaff('viewer'));
    const ids = [await addFactor(nora, 'Téléphone'), await addFactor(nora, 'Tablette')];
    const results = await Promise.allSettled(ids.map((id) => call(nora, 'public.remove_own_factor($1)', id)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await account(nora)).factors).toHaveLength(1);
  });

  it('reset by an administrator are told once, not one by one', async () => {
    const [nora, admin] = [await db.addStaff('viewer'), await db.addStaff('admin')];
    await addFactor(nora, 'Téléphone');
    await addFactor(nora, 'Tablette');
    await db.sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(admin.claims)}, true)`;
      await sql`select private.reset_staff_factors(${nora.userId})`;
    });
    expect(await told(nora)).toEqual(['factor_added', 'factors_reset']);
    expect(await events(nora)).not.toContain('account_factor_removed');
  });
});

describe('recovery codes', () => {
  it('are ten, kept as hashes, counted, and worth nothing once made anew', async () => {
    const { at, codes } = await locked();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}$/);
    const full = codeGiven({ ...at, claims: { ...at.claims, aal: 'aal2' } });
    expect((await account(full)).recovery_codes).toMatchObject({ left: 10 });
    const kept = await db.sql`select code_hash, salt from private.recovery_codes where user_id = ${at.userId}`;
    expect(new Set(kept.map(({ salt }) => String(salt.toString('hex')))).size).toBe(10);
    expect(JSON.stringify(kept)).not.toContain(codes[0]);
    await call(full, 'public.make_recovery_codes()');
    expect(await recover(at, codes[0]!)).toMatchObject({ outcome: 'refused' });
    expect((await account(full)).recovery_codes).toMatchObject({ left: 10 });
  });

  it('need a code of the second factor given just now', async () => {
    const nora = await db.addStaff('admin');
    for (const stale of [nora, codeGiven(nora, 11)])
      await expect(call(stale, 'public.make_recovery_codes()')).rejects.toMatchObject({ hint: 'fresh_code_required' });
  });

  it('take the lost factor away, once, and end every other session; the person and the team are told', async () => {
    const { at, codes } = await locked('support');
    expect(await recover(at, ` ${codes[3]!.toLowerCase().replace('-', ' ')}`)).toEqual({
      outcome: 'recovered',
      codes_left: 9,
      retry_after_seconds: null,
    });
    expect(await db.sql`select from auth.mfa_factors where user_id = ${at.userId}`).toHaveLength(0);
    expect(await db.sql`select id from auth.sessions where user_id = ${at.userId}`).toEqual([
      { id: at.claims.session_id },
    ]);
    expect(await told(at)).toEqual(['recovery_codes_made', 'recovered']);
    expect((await events(at)).at(-1)).toBe('account_recovered');
    expect(
      await db.sql`select kind, severity, permission from public.alerts
        where subject_type = 'staff' and subject_id = ${at.userId}`,
    ).toEqual([{ kind: 'staff_recovered', severity: 'warning', permission: 'staff.read' }]);
    await expect(account(at)).rejects.toMatchObject({ code: '42501' });
    await addFactor(at, 'Nouveau');
    expect(await recover(at, codes[3]!)).toMatchObject({ outcome: 'refused' });
  });

  it('serve one of two who use the same at once', async () => {
    const { at, codes } = await locked();
    const results = await Promise.allSettled([recover(at, codes[0]!), recover(at, codes[0]!)]);
    const outcomes = results.map((result) => (result.status === 'fulfilled' ? result.value.outcome : 'failed'));
    expect(outcomes.filter((outcome) => outcome === 'recovered')).toHaveLength(1);
    expect(
      await db.sql`select from private.recovery_codes where user_id = ${at.userId} and used_at is not null`,
    ).toHaveLength(1);
  });

  it('are tried five times in a quarter of an hour, each refusal audited', async () => {
    const { at, codes } = await locked();
    await db.sql`delete from private.rate_limits`;
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await recover(at, 'AAAAA-AAAAA')).toMatchObject({ outcome: 'refused' });
    const { outcome, retry_after_seconds } = await recover(at, codes[0]!);
    expect(outcome).toBe('too_many');
    expect(retry_after_seconds).toBeGreaterThan(800);
    expect((await events(at)).filter((type) => type === 'account_recovery_refused')).toHaveLength(5);
    expect(await db.sql`select from auth.mfa_factors where user_id = ${at.userId}`).toHaveLength(1);
  });

  it('are another’s for nobody, and nothing to who is switched off, has no factor or gave his code', async () => {
    const { at, codes } = await locked();
    const { at: stranger } = await locked('admin');
    await db.sql`delete from private.rate_limits`;
    expect(await recover(stranger, codes[0]!)).toMatchObject({ outcome: 'refused' });
    const full = { ...at, claims: { ...at.claims, aal: 'aal2' } };
    await expect(recover(full, codes[0]!)).rejects.toMatchObject({ hint: 'invalid_argument' });
    await expect(recover(await db.addStaff('viewer', { aal: 'aal1' }), codes[0]!)).rejects.toMatchObject({
      hint: 'invalid_argument',
    });
    await db.sql`update public.staff set is_active = false where user_id = ${at.userId}`;
    await expect(recover(at, codes[0]!)).rejects.toMatchObject({ code: '42501' });
    await expect(db.as(stranger, (sql) => sql`select from private.recovery_codes`)).rejects.toMatchObject({
      code: '42501',
    });
  });
});
