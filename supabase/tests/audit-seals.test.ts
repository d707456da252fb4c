import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import postgres from 'postgres';
import { createHandler as createSealer, type ToSeal } from '@whatautosys/edge-functions/audit-seal/handler';
import { createHandler as createVerifier, type Trail } from '@whatautosys/edge-functions/audit-verify/handler';
import { createLicenseSigner } from '@whatautosys/edge-functions/_shared/license-signer';
import { sealResponse } from '../contracts/functions/audit-seal.ts';
import { auditVerifyResponse, type AuditVerifyResponse } from '../contracts/functions/audit-verify.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

const key = async (kid: string) => {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  return createLicenseSigner(JSON.stringify({ ...(await crypto.subtle.exportKey('jwk', pair.privateKey)), kid }));
};

let db: TestDatabase;
let admin: Persona;
let signer: Awaited<ReturnType<typeof key>>;
let mails: Array<{ to: string; text: string }>;
/** A worker of its own; another one remembers nothing of what this one signed. */
let sealer: ReturnType<typeof createSealer>;

const makeSealer = (by = signer) =>
  createSealer({
    toSeal: async () => (await db.sql<[{ found: ToSeal }]>`select private.audit_to_seal() as found`)[0].found,
    keep: async (seal) => void (await db.sql`select private.keep_audit_seal(${seal})`),
    reportBroken: async (sequence, reason) =>
      void (await db.sql`select private.report_audit_broken(${sequence}, ${reason})`),
    seals: async () =>
      (await db.sql`select seal from private.audit_checkpoints order by sequence, id`).map(({ seal }) => String(seal)),
    signer: by,
    send: async ({ to, text }) => {
      mails.push({ to, text });
      return { outcome: 'sent', messageId: null };
    },
    copyTo: ['auditor@example.com'],
    cronSecret: 's',
    consoleUrl: 'https://console.example',
    now: () => new Date(),
  });

beforeEach(async () => {
  await db?.drop();
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  signer = await key('audit-1');
  mails = [];
  sealer = makeSealer();
  for (let index = 0; index < 3; index += 1) await createLicense(db.sql);
});
afterAll(() => db.drop());

const seal = async (path = '', by = sealer) => {
  const request = new Request(`http://f/audit-seal${path}`, { method: 'POST', headers: { 'x-cron-secret': 's' } });
  return sealResponse.parse(await (await by(request)).json());
};
const verify = async (copies: string[] = [], as = admin): Promise<AuditVerifyResponse> => {
  const handle = createVerifier({
    authenticate: async () => ({ claims: as.claims, ip: '198.51.100.4', userAgent: 'vitest' }),
    read: (staff, sequences) =>
      db.sql.begin(async (sql) => {
        await sql`select set_config('request.jwt.claims', ${JSON.stringify(staff.claims)}, true)`;
        const [row] = await sql<[Trail]>`
          select chain, (select sequence::int from private.audit_head) as head, private.audit_seals() as seals,
            private.audit_hashes(${sequences}::bigint[]) as hashes
          from private.audit_verify() as chain`;
        return row;
      }) as Promise<Trail>,
    publicKeys: signer.publicKeys,
    consoleUrl: 'https://console.example',
  });
  const response = await handle(
    new Request('http://f/audit-verify', { method: 'POST', body: JSON.stringify({ copies }) }),
  );
  const body: unknown = await response.json();
  if (!response.ok) throw Object.assign(new Error('refused'), body);
  return auditVerifyResponse.parse(body);
};
const copies = () =>
  mails
    .at(-1)!
    .text.split('\n')
    .filter((line) => line.startsWith('audit-v1.'));
const alerts = async () =>
  (await db.sql`select data from public.alerts where kind = 'audit_broken'`).map((row) => row.data);

/** As the owner of everything, triggers off; then the chain is made anew, so that it fits itself. */
async function forge(...statements: string[]): Promise<void> {
  const superuser = postgres(db.adminUrl, { max: 1, onnotice: () => undefined });
  await superuser.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    for (const statement of statements) await sql.unsafe(statement);
    await sql.unsafe(`do $$
      declare
        event public.events;
        previous bytea := decode(repeat('00', 32), 'hex');
      begin
        for event in select * from public.events order by sequence loop
          event.previous_hash := previous;
          previous := private.event_hash(event);
          update public.events set previous_hash = event.previous_hash, hash = previous where id = event.id;
        end loop;
        update private.audit_head set hash = previous,
          sequence = (select coalesce(max(sequence), 0) from public.events);
      end $$`);
  });
  await superuser.end();
}

describe('sealing', () => {
  it('signs the end of the chain once, and what came since at the next call', async () => {
    const first = await seal();
    expect(first).toMatchObject({ sealed: expect.any(Number), broken: false, mailed: 0 });
    expect(await seal()).toMatchObject({ sealed: null, broken: false });
    await createLicense(db.sql);
    expect((await seal()).sealed).toBeGreaterThan(first.sealed!);
    expect(await verify()).toMatchObject({ ok: true, faults: [], seals: { count: 2, unsealed: 0 } });
  });

  it('closes every month that has passed', async () => {
    const lastMonth = "date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '1 day'";
    await forge(`update public.events set created_at = ${lastMonth} where sequence <= 2`);
    const { closed } = await seal();
    expect(closed).toHaveLength(1);
    const kept = await db.sql`select sequence::int, to_char(closes, 'YYYY-MM') as month from private.audit_checkpoints
      where closes is not null`;
    expect(kept).toEqual([{ sequence: 2, month: closed[0] }]);
    expect((await seal()).closed).toEqual([]);
  });

  it('mails the seals to whoever keeps copies', async () => {
    const { sealed, mailed } = await seal('/copy');
    expect(mailed).toBe(1);
    expect(copies()).toHaveLength(1);
    expect(copies()[0]).toMatch(new RegExp(`^audit-v1\\.${sealed}\\.`));
    expect(await verify(copies())).toMatchObject({ ok: true, copies: 1, faults: [] });
  });

  it('an export of the trail asks for a seal at once', async () => {
    await db.sql`select vault.create_secret('http://127.0.0.1:1', 'project_url'),
      vault.create_secret('s3cret', 'cron_secret')`;
    await db.as(admin, (sql) => sql`select public.record_export('events', 'csv', 3)`);
    const asked = await db.sql`select url from net.http_request_queue where url like '%audit-seal'`;
    expect(asked).toHaveLength(1);
  });

  it('is refused without the secret of the schedule', async () => {
    const response = await sealer(new Request('http://f/audit-seal', { method: 'POST' }));
    expect(response.status).toBe(401);
  });
});

describe('the owner of the database rewrites the trail, so that it fits itself', () => {
  it.each([
    ['cut', ['delete from public.events where sequence > 2'], 'missing'],
    ['emptied', ['truncate public.events'], 'missing'],
    ['chained anew', [`update public.events set event_data = '{"forged": true}' where sequence = 1`], 'rewritten'],
  ] as const)(
    '%s: the chain verifies by itself, its seals find it, and nothing more is signed',
    async (_, how, fault) => {
      const { sealed } = await seal();
      await forge(...how);
      const report = await verify();
      expect(report.chain.ok).toBe(true);
      expect(report).toMatchObject({ ok: false, faults: [{ fault, sequence: sealed, is_copy: false }] });
      expect(await seal('', makeSealer())).toEqual({ sealed: null, closed: [], broken: true, mailed: 0 });
      expect(await alerts()).toEqual([{ sequence: sealed, reason: fault }]);
    },
  );

  it.each([
    ['cut', ['delete from public.events where sequence > 2'], 'missing'],
    ['emptied', ['truncate public.events'], 'missing'],
    ['chained anew', [`update public.events set event_data = '{"forged": true}' where sequence = 1`], 'rewritten'],
  ] as const)('%s, and its seals removed too: the copy outside finds it', async (_, how, fault) => {
    const { sealed } = await seal('/copy');
    await forge(...how, 'truncate private.audit_checkpoints');
    await seal('', makeSealer());
    expect(await verify()).toMatchObject({ ok: true, faults: [] });
    expect(await verify(copies())).toMatchObject({ ok: false, faults: [{ fault, sequence: sealed, is_copy: true }] });
  });

  it('a worker that still runs remembers what it signed', async () => {
    const { sealed } = await seal();
    await forge('delete from public.events where sequence > 2', 'truncate private.audit_checkpoints');
    expect(await seal()).toMatchObject({ sealed: null, broken: true });
    expect(await alerts()).toEqual([{ sequence: sealed, reason: 'missing' }]);
  });

  it('seals with a key of his own prove nothing', async () => {
    await seal('', makeSealer(await key('audit-1')));
    expect(await verify()).toMatchObject({ ok: false, faults: [{ fault: 'forged', is_copy: false }] });
    await db.sql`truncate private.audit_checkpoints`;
    await seal('', makeSealer(await key('another')));
    expect(await verify()).toMatchObject({ ok: false, faults: [{ fault: 'forged' }] });
  });
});

describe('verifying', () => {
  it('copies that are none are said to be so', async () => {
    await seal('/copy');
    const [copy] = copies() as [string];
    const altered = copy.replace(/^audit-v1\.\d+/, 'audit-v1.1');
    expect(await verify(['hello', ` ${copy} `, altered])).toMatchObject({
      ok: false,
      copies: 3,
      faults: [
        { fault: 'unreadable', sequence: null, is_copy: true },
        { fault: 'forged', sequence: 1, is_copy: true },
      ],
    });
  });

  it('needs the permission', async () => {
    await expect(verify([], await db.addStaff('support'))).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(verify([], await db.addStaff('admin', { aal: 'aal1' }))).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });

  it('too many or too long copies are refused', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await expect(verify(Array(201).fill('x'))).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(verify(['x'.repeat(501)])).rejects.toMatchObject({ code: 'invalid_input' });
    vi.restoreAllMocks();
  });
});
