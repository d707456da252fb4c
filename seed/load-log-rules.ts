import type postgres from 'postgres';
import type { RpcArgs } from '../supabase/contracts/rpc/index.ts';
import { tellNow } from './load-logs.ts';
import { tellFailure } from './log-lines.ts';
import { Random } from './random.ts';

type Rule = RpcArgs<'save_log_rule'>['rule'];

const rules: Rule[] = [
  {
    name: 'WhatsApp ne répond plus',
    kind: 'count',
    query: 'source:baileys level:error "WebSocket connection"',
    threshold: 5,
    minutes: 10,
    channels: ['slack', 'telegram'],
  },
  { name: 'Erreur nouvelle du logiciel', kind: 'new_group', query: 'source:backend level:error', severity: 'warning' },
  {
    name: 'Mistral AI refuse les demandes',
    kind: 'count',
    query: 'source:"Mistral AI" "rate limit exceeded"',
    counted_by: 'license',
    threshold: 10,
    minutes: 60,
    severity: 'warning',
  },
  { name: 'Stripe ne dit plus rien', kind: 'silence', query: 'source:stripe', minutes: 1_440, channels: ['email'] },
];
const burst = 8;

/** Alerts over the log, made as staff make them, of which one hears enough to fire. */
export async function loadLogRules(sql: postgres.Sql): Promise<void> {
  for (const rule of rules) await sql`select public.save_log_rule(rule => ${sql.json(rule as never)})`;
  const random = new Random(11);
  const [client] = await sql<[{ id: string }?]>`select id from public.licenses
    where deleted_at is null and client_version is not null order by md5(id::text) limit 1`;
  const lines = Array.from({ length: burst }, () => tellFailure(random, Date.now()));
  await tellNow(sql, lines, client?.id ?? null);
  await sql`select private.watch_logs()`;
}
