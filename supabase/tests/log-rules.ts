import type { RpcArgs, RpcResult } from '../contracts/rpc/index.ts';
import type { Persona, TestDatabase } from './database.ts';
import { addLines, asking, type Line } from './logs.ts';

export type RuleInput = RpcArgs<'save_log_rule'>['rule'];
type Rule = RpcResult<'save_log_rule'>;

/**
 * Alert rules, and a clock of their own: lines are received, and rules look, when the test says so. It begins five days
 * ago, where no transaction of another session can hold up what is followed.
 */
export function ruling(db: TestDatabase, admin: Persona) {
  const { call } = asking(db, admin);
  const start = (Math.floor(Date.now() / 86_400_000) - 5) * 86_400_000;
  const moment = (minutes: number) => new Date(start + minutes * 60_000);
  /** Without a minute: now. */
  const watch = async (minutes?: number, rested = false) => {
    const at = minutes === undefined ? new Date() : moment(minutes);
    if (!rested) await db.sql`update private.log_watch set watched_at = ${at}`;
    // Without a minute, what other sessions do at the moment may hold the newest batches back.
    for (const ends = Date.now() + 20_000; Date.now() < ends;) {
      await db.sql`select private.watch_logs(${at})`;
      const [{ waiting }] = await db.sql<[{ waiting: boolean }]>`select exists (select from private.log_batches,
        private.log_watch as place where log_batches.id > place.batch_id) as waiting`;
      if (!waiting) return;
    }
    throw new Error('the log cannot be followed to its end');
  };
  /** Lines received at that minute, and nobody looks yet. */
  const receive = async (
    minutes: number,
    lines: (Line | string)[],
    options: { sender?: string; licenseId?: string } = {},
  ) => {
    const at = moment(minutes);
    const whole = lines.map((line) => ({
      occurred_at: at.toISOString(),
      ...(typeof line === 'string' ? { message: line } : line),
    }));
    const batch = await addLines(db, whole, options);
    await db.sql.begin(async (sql) => {
      await sql`update public.log_groups set created_at = ${at}
        where created_at = (select received_at from private.log_batches where id = ${batch})`;
      await sql`update private.logs_young set received_at = ${at} where id between ${batch * 1_000}
        and ${batch * 1_000 + 999}`;
      await sql`update private.log_batches set received_at = ${at} where id = ${batch}`;
    });
  };
  return {
    call,
    moment,
    watch,
    receive,
    /** As if nothing had happened. */
    async begin() {
      await db.sql`update public.log_rules set is_enabled = false, deleted_at = now()`;
      await db.sql`update private.log_watch set watched_at = ${moment(0)}, resumed_at = ${moment(0)},
        heard_at = '-infinity'`;
    },
    async save(given: Partial<RuleInput>): Promise<Rule> {
      const rule = await call<Rule>('save_log_rule', {
        rule: { name: 'Rule', kind: 'count', query: '', ...given },
      });
      await db.sql`update public.log_rules set enabled_at = ${moment(0)} where id = ${rule.id}`;
      return rule;
    },
    async hear(minutes: number, lines: (Line | string)[], options: { licenseId?: string } = {}) {
      await receive(minutes, lines, options);
      await watch(minutes);
    },
    /** Minutes at which the rule fired, and for what. */
    async fired(rule: { id: string }) {
      const { rows } = await call<RpcResult<'list_log_firings'>>('list_log_firings', {
        rule_id: rule.id,
        page_size: 200,
      });
      return rows.toReversed().map(({ fired_at, ended_at, ...row }) => ({
        ...row,
        at: (Date.parse(fired_at) - moment(0).getTime()) / 60_000,
        ended: ended_at === null ? null : (Date.parse(ended_at) - moment(0).getTime()) / 60_000,
      }));
    },
    list: async () => (await call<RpcResult<'list_log_rules'>>('list_log_rules', {})).rows,
    alerts: (rule: { id: string }) =>
      db.sql<{ id: string; data: Record<string, unknown>; severity: string; channels: string[] }[]>`
        select id, data, severity, channels from public.alerts where subject_id = ${rule.id} order by created_at`,
  };
}
