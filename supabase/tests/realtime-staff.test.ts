import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUser, type TestUser } from '@whatautosys/local/testing/gateway';
import {
  follow,
  open,
  roundTrip,
  signInAtAal2,
  startRealtimeHome,
  type RealtimeHome,
} from '@whatautosys/local/testing/realtime';
import { createLicense, type Role } from './database.ts';

/** The product's own tables and policies, with supabase-js as the console uses it. */
let home: RealtimeHome;
let licenseId: string;
beforeAll(async () => {
  home = await startRealtimeHome({ database: 'migrated' });
  await createLicense(home.sql);
  licenseId = (await home.sql`select id from public.licenses`)[0]!['id'] as string;
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

async function addStaff(user: TestUser, role: Role): Promise<void> {
  await home.sql`insert into public.staff (user_id, email, display_name, role)
    values (${user.id}, ${user.email}, ${role}, ${role})`;
}

async function signInStaff(role: Role) {
  const signedIn = await signInAtAal2(home);
  await addStaff(signedIn.user, role);
  return signedIn;
}

const note = (text: string) => home.sql`update public.licenses set notes = ${text} where id = ${licenseId}`;
const notesOf = ({ changes }: { changes: { all: Array<{ new: Record<string, unknown> }> } }) =>
  changes.all.map(({ new: row }) => row['notes']);

it('active staff get changed licences; aal1, no staff and anonymous get nothing', async () => {
  const [admin, viewer, nobody] = [await signInStaff('admin'), await signInStaff('viewer'), await signInAtAal2(home)];
  const user = await createUser(home);
  await addStaff(user, 'admin');
  const halfway = home.connect();
  await halfway.auth.signInWithPassword({ email: user.email, password: user.password });
  await halfway.realtime.setAuth();
  const allowed = [
    await follow(admin.client, { table: 'licenses' }),
    await follow(viewer.client, { table: 'licenses' }),
  ];
  const refused = [
    await follow(nobody.client, { table: 'licenses' }),
    await follow(halfway, { table: 'licenses' }),
    await follow(home.connect(), { table: 'licenses' }),
  ];
  await note('first');
  for (const { changes } of allowed)
    expect(await changes.next()).toMatchObject({
      eventType: 'UPDATE',
      new: { id: licenseId, notes: 'first' },
      old: { id: licenseId },
    });
  await Promise.all(refused.map(({ channel }) => roundTrip(channel)));
  // Anonymous may not even read the key, and is told so without a value.
  expect(refused.map(({ changes }) => changes.all.map(({ new: row, errors }) => [row, errors]))).toEqual([
    [],
    [],
    [[{}, ['Error 401: Unauthorized']]],
  ]);
});

it('staff switched off while following receive nothing more, from the next change on', async () => {
  const [admin, viewer] = [await signInStaff('admin'), await signInStaff('viewer')];
  const [watching, switchedOff] = [
    await follow(admin.client, { table: 'licenses' }),
    await follow(viewer.client, { table: 'licenses' }),
  ];
  await note('before');
  await switchedOff.changes.next();
  await home.sql`update public.staff set is_active = false where user_id = ${viewer.user.id}`;
  await note('after');
  await watching.changes.next(({ new: row }) => row['notes'] === 'after');
  await roundTrip(switchedOff.channel);
  expect(notesOf(switchedOff)).toEqual(['before']);
  expect(notesOf(watching)).toEqual(['before', 'after']);
});

it('ending a session ends what it follows', async () => {
  const [admin, viewer] = [await signInStaff('admin'), await signInStaff('viewer')];
  const [watching, ended] = [
    await follow(admin.client, { table: 'licenses' }),
    await follow(viewer.client, { table: 'licenses' }),
  ];
  await home.sql`delete from auth.sessions where user_id = ${viewer.user.id}`;
  await note('ended');
  await watching.changes.next();
  await roundTrip(ended.channel);
  expect(ended.changes.all).toEqual([]);
});

it('a viewer sees his own staff row change, an admin every one', async () => {
  const [admin, viewer] = [await signInStaff('admin'), await signInStaff('viewer')];
  const [all, own] = [await follow(admin.client, { table: 'staff' }), await follow(viewer.client, { table: 'staff' })];
  await home.sql`update public.staff set display_name = 'The admin' where user_id = ${admin.user.id}`;
  await home.sql`update public.staff set display_name = 'The viewer' where user_id = ${viewer.user.id}`;
  expect((await all.changes.count(2)).map(({ new: row }) => row['display_name'])).toEqual(['The admin', 'The viewer']);
  expect((await own.changes.count(1)).map(({ new: row }) => row['display_name'])).toEqual(['The viewer']);
});

it('two filters on licences: one by id, one that matches nothing', async () => {
  const { client } = await signInStaff('support');
  const [one, other] = [
    await follow(client, { table: 'licenses', filter: `id=eq.${licenseId}` }),
    await follow(client, { table: 'licenses', filter: `id=eq.${crypto.randomUUID()}` }),
  ];
  await note('filtered');
  expect((await one.changes.next()).new['notes']).toBe('filtered');
  await roundTrip(other.channel);
  expect(other.changes.all).toEqual([]);
});

it('onlookers of a ticket are shown to whoever reads tickets; aal1, no staff and anonymous are refused', async () => {
  const [support, viewer, nobody] = [
    await signInStaff('support'),
    await signInStaff('viewer'),
    await signInAtAal2(home),
  ];
  const user = await createUser(home);
  await addStaff(user, 'admin');
  const halfway = home.connect();
  await halfway.auth.signInWithPassword({ email: user.email, password: user.password });
  await halfway.realtime.setAuth();
  const enter = async (client: ReturnType<RealtimeHome['connect']>, topic: string) =>
    (await open(client.channel(topic, { config: { private: true } })).statuses.next()).status;
  expect([await enter(support.client, 'ticket:1245'), await enter(viewer.client, 'ticket:1245')]).toEqual([
    'SUBSCRIBED',
    'SUBSCRIBED',
  ]);
  for (const client of [nobody.client, halfway, home.connect()])
    expect(await enter(client, 'ticket:1245')).toBe('CHANNEL_ERROR');
  expect(await enter(support.client, 'another:1245')).toBe('CHANNEL_ERROR');
});

it('neither drafts nor what one has read is published', async () => {
  const published = await home.sql`select tablename from pg_publication_tables where pubname = 'supabase_realtime'
    and tablename like 'ticket%' order by tablename`;
  expect(published.map(({ tablename }) => tablename)).toEqual([
    // Those of a draft reach its author alone, by their policy.
    'ticket_attachments',
    'ticket_events',
    'ticket_messages',
    'ticket_notes',
  ]);
});
