import { randomUUID } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { realtimeErrors, type Identity } from './identity.ts';

/** What the policies of `realtime.messages` allow on one topic. */
export interface Access {
  broadcast: boolean;
  presence: boolean;
}

export const everything: Access = { broadcast: true, presence: true };

/** Settings a policy may read. `headers` is JSON of the request that opened the connection. */
export interface Caller {
  identity: Identity;
  topic: string;
  headers: string;
}

const insufficientPrivilege = '42501';

/** Rows are put there for the caller to see, or not. Source: supabase/realtime, tenants/authorization.ex. */
export function readAccess(sql: Sql, caller: Caller): Promise<Access> {
  return rolledBack(sql, async (transaction) => {
    const { topic } = caller;
    const [broadcast, presence] = [randomUUID(), randomUUID()];
    await transaction`insert into realtime.messages (id, topic, extension)
      values (${broadcast}, ${topic}, 'broadcast'), (${presence}, ${topic}, 'presence')`;
    await actAs(transaction, caller);
    const rows = await transaction<
      { id: string }[]
    >`select id from realtime.messages where topic = ${topic} and id in (${broadcast}, ${presence})`;
    const isThere = (id: string) => rows.some((row) => row.id === id);
    return { broadcast: isThere(broadcast), presence: isThere(presence) };
  });
}

/** The caller tries to write rows. */
export function writeAccess(sql: Sql, caller: Caller): Promise<Access> {
  return rolledBack(sql, async (transaction) => {
    await actAs(transaction, caller);
    const mayInsert = (extension: string) =>
      transaction
        .savepoint(
          (savepoint) =>
            savepoint`insert into realtime.messages (topic, extension) values (${caller.topic}, ${extension})`,
        )
        .then(() => true)
        .catch((error: { code?: string }) => {
          if (error.code === insufficientPrivilege) return false;
          throw error;
        });
    const broadcast = await mayInsert('broadcast');
    return { broadcast, presence: await mayInsert('presence') };
  });
}

const actAs = (transaction: TransactionSql, { identity, topic, headers }: Caller) =>
  transaction`select set_config('role', ${identity.role}, true), set_config('realtime.topic', ${topic}, true),
    set_config('request.jwt.claims', ${identity.claimsJson}, true), set_config('request.headers', ${headers}, true)`;

class Rollback extends Error {}

async function rolledBack<T>(sql: Sql, run: (transaction: TransactionSql) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  try {
    await sql.begin(async (transaction) => {
      result = { value: await run(transaction) };
      throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw realtimeErrors.policyFailed(error);
  }
  return result!.value;
}
