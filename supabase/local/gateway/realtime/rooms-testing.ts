import type { SupabaseClient } from '@supabase/supabase-js';
import { createUser, type TestUser } from '../testing.ts';
import { Inbox, join, startRealtimeHome, type Opened, type RealtimeHome } from './testing.ts';

/** `room:<name>`: members read and write; `news:` is read by everybody and written by nobody. */
const schema = `
create table public.members (user_id uuid, room text, can_write boolean default true);
grant select on public.members to authenticated;
create policy rooms_read on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and exists (select from public.members m
    where m.user_id = (select auth.uid()) and 'room:' || m.room = (select realtime.topic())));
create policy rooms_write on realtime.messages for insert to authenticated
  with check (exists (select from public.members m where m.user_id = (select auth.uid()) and m.can_write
    and 'room:' || m.room = (select realtime.topic())));
create policy news_read on realtime.messages for select to anon, authenticated using (extension = 'broadcast'
  and topic like 'news:%');
create policy broken_read on realtime.messages for select to anon
  using (case when topic = 'broken' then 1 / (length(topic) - 6) = 1 end);
create table public.orders (id int primary key, body text);
create function public.orders_after_tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.broadcast_changes('room:orders', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end $$;
create trigger orders_after_tell after insert or update or delete on public.orders for each row
  execute function public.orders_after_tell();
`;

interface Message {
  event: string;
  payload: Record<string, unknown>;
  meta?: Record<string, unknown>;
}

export interface Rooms {
  home: RealtimeHome;
  /** Members of room `a` who write. */
  ann: TestUser;
  ben: TestUser;
  /** A member of room `a` who may only read. */
  eve: TestUser;
}

export async function startRooms(): Promise<Rooms> {
  const home = await startRealtimeHome();
  await home.sql.unsafe(schema);
  const [ann, ben, eve] = [await createUser(home), await createUser(home), await createUser(home)];
  await home.sql`insert into public.members ${home.sql([
    { user_id: ann.id, room: 'a' },
    { user_id: ben.id, room: 'a' },
    { user_id: ann.id, room: 'orders' },
  ])}`;
  await home.sql`insert into public.members (user_id, room, can_write) values (${eve.id}, 'a', false)`;
  return { home, ann, ben, eve };
}

export interface Room extends Opened {
  messages: Inbox<Message>;
}

/** A client of his own for each call: one client has one channel of a name. */
export async function as(home: RealtimeHome, user: TestUser): Promise<SupabaseClient> {
  const client = home.connect();
  const { error } = await client.auth.signInWithPassword({ email: user.email, password: user.password });
  if (error) throw error;
  await client.realtime.setAuth();
  return client;
}

export const tokenOf = async (client: SupabaseClient) => (await client.auth.getSession()).data.session!.access_token;

export async function enter(
  client: SupabaseClient,
  topic: string,
  config: Record<string, unknown> = {},
): Promise<Room> {
  const messages = new Inbox<Message>();
  const { broadcast, ...rest } = config;
  const channel = client.channel(topic, { config: { broadcast: { ack: true, ...(broadcast as object) }, ...rest } });
  channel.on('broadcast', { event: '*' }, messages.push as never);
  return { ...(await join(channel)), messages };
}
