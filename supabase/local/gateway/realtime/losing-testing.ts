import postgres from 'postgres';
import { createUser } from '../testing.ts';
import { as, tokenOf } from './rooms-testing.ts';
import { rawClient, type RealtimeHome } from './testing.ts';

const writers = 12;
const RENEWALS = 5;

export interface Losses {
  lost: number[];
  twice: number[];
  renewals: number;
}

/**
 * Rows with policies, each in a transaction of its own, many of them committing at once; one follower who may see
 * them, if wanted with a new token as soon as the server has taken the one before.
 */
export async function loseNothing(
  home: RealtimeHome,
  { changes, renewals }: { changes: number; renewals: boolean },
): Promise<Losses> {
  const table = `own_${crypto.randomUUID().slice(0, 8)}`;
  await home.sql.unsafe(`
    create table public.${table} (id int primary key, owner_id uuid not null);
    alter table public.${table} enable row level security;
    create policy own_select on public.${table} for select to authenticated using (owner_id = (select auth.uid()));
    grant select on public.${table} to authenticated;
    alter publication supabase_realtime add table public.${table}`);
  const user = await createUser(home);
  const client = await as(home, user);
  const raw = await rawClient(home);
  const token = await tokenOf(client);
  await raw.join('own', { postgres_changes: [{ event: '*', schema: 'public', table }] }, token);
  const subscribed = () =>
    raw.frames.next(([, , , event, payload]) => event === 'system' && payload['status'] === 'ok');
  await subscribed();

  const sql = postgres(home.ctx.config.db.adminUrl, { max: writers, onnotice: () => undefined });
  let isWriting = true;
  // However fast the writers are, half of the rows come among renewed tokens.
  let go!: () => void;
  const enough = new Promise<void>((resolve) => (go = resolve));
  if (!renewals) go();
  const renewing = (async () => {
    let count = 0;
    while (renewals && isWriting) {
      // Another issue, so that it is another token; the clock does not move.
      const claims = await home.ctx.verifyToken(token);
      const renewed = await home.ctx.tokens.sign({ ...claims, jti: String(++count) });
      raw.send('j1', null, 'realtime:own', 'access_token', { access_token: renewed });
      await subscribed();
      if (count > RENEWALS) go();
    }
    return count;
  })();
  const ids = Array.from({ length: changes }, (_, index) => index + 1);
  const queue = [...ids];
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        if (id > changes / 2) await enough;
        await sql`insert into ${sql(table)} values (${id}, ${user.id})`;
      }
    }),
  );
  isWriting = false;
  const count = await renewing;
  // The last of all: what was to come before it has come.
  await sql`insert into ${sql(table)} values (0, ${user.id})`;
  const idOf = (payload: Record<string, unknown>) =>
    (payload['data'] as { record: { id: number } } | undefined)?.record.id;
  await raw.frames.next(([, , , event, payload]) => event === 'postgres_changes' && idOf(payload) === 0);
  raw.socket.close();
  await sql.end();
  const seen = raw.frames.all.flatMap(([, , , event, payload]) =>
    event === 'postgres_changes' ? [idOf(payload)!] : [],
  );
  return {
    lost: ids.filter((id) => !seen.includes(id)),
    twice: ids.filter((id) => seen.filter((other) => other === id).length > 1),
    renewals: count,
  };
}
