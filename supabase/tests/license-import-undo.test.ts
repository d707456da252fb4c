import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { good, type ImportOptions, newFile, runImport } from './imports.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

const run = (rows: unknown, file: string | null, options?: ImportOptions) => runImport(db, admin, rows, file, options);

describe('undo_import()', () => {
  const undo = (id: string | null, persona = admin) =>
    db.as(persona, (sql) => sql`select public.undo_import(${id}) as result`);

  it('goes in parts of 5,000, keeps what is used in between, and ends when nothing is left', async () => {
    const hash = createHash('sha256').update('parts').digest('hex');
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        row: from + index,
        email: `part${from + index}@example.com`,
        hwid: `HWID-PART-${from + index}`,
        plan: 'starter',
      }));
    let id = '';
    for (const part of [rows(1, 5000), rows(5001, 3)]) {
      const [row] = await db.as(
        admin,
        (sql) => sql`select public.import_licenses(${sql.json(part)}, ${hash}) as result`,
      );
      id = row!.result.import_id;
    }
    expect((await undo(id))[0]!.result).toEqual({ undone: 5000, remaining: 3 });
    expect((await db.sql`select undone_at from public.license_imports where id = ${id}`)[0]).toEqual({
      undone_at: null,
    });
    await db.sql`update public.licenses set last_check_in = now()
      where id = (select id from public.licenses where import_id = ${id} and deleted_at is null limit 1)`;
    expect((await undo(id))[0]!.result).toEqual({ undone: 2, remaining: 0 });
    expect(await db.sql`select from public.licenses where import_id = ${id} and deleted_at is null`).toHaveLength(1);
    const [told] = await db.sql`select event_data from public.events where event_type = 'license_import_undone'
        and subject_type = 'import' and subject_id = ${id}`;
    expect(told!['event_data'].undone).toBe(5002);
    await expect(undo(id)).rejects.toMatchObject({ hint: 'import_not_found' });
  });

  it('takes the licences back with their unsent mails, and lets the file be imported again', async () => {
    const [file, rows] = [newFile(), [good(2), good(3)]];
    const { import_id } = await run(rows, file);
    expect((await undo(import_id))[0]!.result).toEqual({ undone: 2, remaining: 0 });
    const events =
      await db.sql`select user_id, event_data from public.events join public.licenses on licenses.id = license_id
        where import_id = ${import_id} and event_type = 'license_deleted'`;
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      user_id: admin.userId,
      event_data: { import_id, before: { deleted_at: null }, after: { deleted_at: expect.any(String) } },
    });
    expect(
      await db.sql`select distinct email_outbox.status from public.email_outbox
        join public.licenses on licenses.id = license_id where import_id = ${import_id}`,
    ).toEqual([{ status: 'failed' }]);
    await expect(undo(import_id)).rejects.toMatchObject({ hint: 'import_not_found' });
    expect((await run(rows, file)).created).toBe(2);
  });

  it('waits for a part of the file being imported, and a part that waits for it begins anew', async () => {
    const file = newFile();
    const { import_id } = await run([good(2)], file);
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let isUndone = () => {};
    const undone = new Promise<void>((resolve) => (isUndone = resolve));
    const undoing = db.as(admin, async (sql) => {
      await sql`select public.undo_import(${import_id})`;
      isUndone();
      await released;
    });
    await undone;
    const later = run([good(3)], file);
    await expect
      .poll(
        async () =>
          (
            await db.sql`select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`
          ).length,
      )
      .toBe(1);
    release();
    await undoing;
    const result = await later;
    expect(result).toMatchObject({ created: 1, skipped: 0 });
    expect(result.import_id).not.toBe(import_id);
    expect(
      await db.sql`select 1 from public.licenses where import_id = ${import_id} and deleted_at is null`,
    ).toHaveLength(0);
  });

  it('refuses once a licence has checked in', async () => {
    const { import_id } = await run([good(2), good(3)], newFile());
    await db.sql`update public.licenses set last_check_in = now() where import_id = ${import_id} and import_row = 3`;
    await expect(undo(import_id)).rejects.toMatchObject({ hint: 'import_in_use' });
    expect(
      await db.sql`select 1 from public.licenses where import_id = ${import_id} and deleted_at is not null`,
    ).toHaveLength(0);
  });

  it('refuses after 24 hours, an unknown import, and support', async () => {
    const { import_id } = await run([good(2)], newFile());
    await expect(undo(import_id, await db.addStaff('support'))).rejects.toMatchObject({ code: '42501' });
    await db.sql`update public.license_imports set created_at = now() - interval '25 hours' where id = ${import_id}`;
    await expect(undo(import_id)).rejects.toMatchObject({ hint: 'import_undo_too_late' });
    await expect(undo(randomUUID())).rejects.toMatchObject({ hint: 'import_not_found' });
  });
});
