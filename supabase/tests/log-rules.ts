import type { RpcArgs, RpcResult } from '../contracts/rpc/index.ts';
import type { Persona, TestDatabase } from './database.ts';
import { addLines, asking, type Line } from './logs.ts';

export type RuleInput = RpcArgs<'save_log_rule'>['rule'];
type Rule = RpcResult<'save_log_rule'>;

/** Alert rules, and a clock of their own: lines are received, and rules look, when the test says so. */
export function ruling(db: TestDatabase, admin: Persona) {
  const { call } = asking(db, admin);
  /** Hours of one day; every test begins one of its own. */
  let day = 0;
  const moment = (minutes: number) =>
    new Date(Date.parse('2026-03-02T08:00:00Z') + day * 86_400_000 + minutes * 60_000);
  const watch = async (minutes: number, rested = false) => {
    if (!rested) await db.sql`update private.log_watch set watched_at = ${moment(minutes)}`;
    // What other sessions do at the moment holds the newest batches back.
    for (let tries = 0; tries < 200; tries += 1) {
      await db.sql`select private.watch_logs(${moment(minutes)})`;
      const [{ waiting }] = await db.sql<[{ waiting: boolean }]>`select exists (select from private.log_batches,
        private.log_watch as place where (log_batches.transaction_id, log_batches.id)
          > (place.transaction_id, place.batch_id)) as waiting`;
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
    const batch = await addLines(db, lines, options);
    const at = moment(minutes);
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
    /** A day of its own, on which nothing has happened. */
    async begin() {
      day += 10;
      await db.sql`update public.log_rules set is_enabled = false, deleted_at = now()`;
      await db.sql`update private.log_watch set watched_at = ${moment(0)}, resumed_at = ${moment(0)}`;
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
    alerts: (rule: { id: string }) =>
      db.sql<{ id: string; data: Record<string, unknown>; severity: string; channels: string[] }[]>`
        select id, data, severity, channels from public.alerts where subject_id = ${rule.id} order by created_at`,
  };
}
