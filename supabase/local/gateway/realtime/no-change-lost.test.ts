import { afterAll, beforeAll, expect, it } from 'vitest';
import { isVisible, parseSnapshot } from './commits.ts';
import { changesSchema } from './changes-schema.ts';
import { loseNothing } from './losing-testing.ts';
import { follow, roundTrip, startRealtimeHome, type RealtimeHome } from './testing.ts';

/** `npm run endure` asks for more. */
const changes = Number(process.env.REALTIME_CHANGES ?? 200);

let home: RealtimeHome;
beforeAll(async () => void (home = await startRealtimeHome()));
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

it('a row whose commit is in the log before others see it arrives once they do', async () => {
  const { sql } = home;
  await sql.unsafe(changesSchema);
  const { changes: arrived, channel } = await follow(home.connect(), { table: 'pairs' });
  const setStandbys = async (change: string) => {
    await sql.unsafe(`alter system ${change}`);
    await sql`select pg_reload_conf()`;
  };
  const isWaiting = async () =>
    (await sql`select from pg_stat_activity where wait_event = 'SyncRep' and datname = current_database()`).length > 0;
  let inserted: Promise<unknown> | undefined;
  let last = 0;
  try {
    // A commit that waits for a standby is written and not yet visible: the moment in question, as long as wanted.
    await setStandbys("set synchronous_standby_names = 'nobody'");
    while (!(await isWaiting())) {
      // The setting counts a moment later: what is inserted before is through at once.
      let isThrough = false;
      inserted = sql`insert into public.pairs values ('row', now(), ${++last})`.then(() => (isThrough = true));
      while (!isThrough && !(await isWaiting()));
    }
    const isSent = () => sql`select from pg_stat_replication r join pg_replication_slots s on s.active_pid = r.pid
      where s.database = current_database() and r.sent_lsn >= pg_current_wal_flush_lsn()`;
    while ((await isSent()).length === 0);
    await roundTrip(channel);
    expect(await sql`select from public.pairs where n = ${last}`).toHaveLength(0);
    expect(arrived.all.some((change) => change.new['n'] === last)).toBe(false);
  } finally {
    await setStandbys('reset synchronous_standby_names');
    await inserted;
  }
  expect((await arrived.next((change) => change.new['n'] === last)).new).toMatchObject({ a: 'row', n: last });
});

it('every insert of many transactions that commit at once reaches who may see it, once', async () => {
  expect(await loseNothing(home, { changes, renewals: false })).toEqual({ lost: [], twice: [], renewals: 0 });
});

it('every insert reaches a channel whose token is renewed all the while, once', async () => {
  const { renewals, ...result } = await loseNothing(home, { changes, renewals: true });
  expect(result).toEqual({ lost: [], twice: [] });
  expect(renewals).toBeGreaterThan(5);
});

it.each([
  ['5:9:', 4, true],
  ['5:9:', 8, true],
  ['5:9:', 9, false],
  ['5:9:5,7', 6, true],
  ['5:9:5,7', 7, false],
  // The snapshot is of the next epoch, or the transaction is.
  ['4294967290:4294967300:', 4_294_967_289, true],
  ['4294967290:4294967300:4294967298', 2, false],
  ['4294967290:4294967300:', 3, true],
  ['4294967294:4294967295:', 1, false],
])('isVisible() in %s of %d is %s', (snapshot, xid, visible) => {
  expect(isVisible(parseSnapshot(snapshot), xid)).toBe(visible);
});
