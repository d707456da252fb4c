import { createHandler as createCheck, type CheckResult } from '@whatautosys/edge-functions/license-check/handler';
import { createHandler, type Served } from '@whatautosys/edge-functions/client-session/handler';
import { createLicenseSigner } from '@whatautosys/edge-functions/_shared/license-signer';
import type { TransactionSql } from 'postgres';
import { type ClientSessionResponse, clientSessionResponse } from '../contracts/functions/client-session.ts';
import { checkResponse } from '../contracts/functions/license-check.ts';
import type { Persona, TestDatabase } from './database.ts';

export const adminPc = 'ADMIN-PC-4711';

export interface Started {
  session_id: string;
  token: string;
  expires_at: string;
}

/** As an Edge Function acts for somebody: the rights of `postgres`, the claims of the person. */
export const asFunction = <T>({ sql }: TestDatabase, persona: Persona, work: (sql: TransactionSql) => Promise<T>) =>
  sql.begin(async (transaction) => {
    const headers = JSON.stringify({ 'x-forwarded-for': '198.51.100.4', 'user-agent': 'vitest' });
    await transaction`select set_config('request.jwt.claims', ${JSON.stringify(persona.claims)}, true),
      set_config('request.headers', ${headers}, true)`;
    return work(transaction);
  }) as Promise<T>;

export const logInAs = (db: TestDatabase, persona: Persona, licenseId: string, reason = 'Voir ce qu’il voit') =>
  asFunction(db, persona, async (sql) => {
    const [row] = await sql<[{ started: Started }]>`
      select private.start_client_session(${licenseId}, ${reason}) as started`;
    return row.started;
  });

/** What the product on the administrator's PC calls, over that database and without a port. */
export async function sessionClient({ sql }: TestDatabase) {
  const ip = '198.51.100.9';
  const handle = createHandler({
    async redeem({ userAgent, token, hwid }) {
      const [row] = await sql<[Served]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.serve_client_session(${ip}, ${userAgent}, ${token}, ${hwid})`;
      return row;
    },
    admit: async () => ({ allowed: true, retryAfterSeconds: 1 }),
  });
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = JSON.stringify({ ...(await crypto.subtle.exportKey('jwk', pair.privateKey)), kid: 'test' });
  const check = createCheck({
    check: () => Promise.reject(new Error('a session needs no key')),
    async checkSession(_, session) {
      const [row] = await sql<[CheckResult]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, license,
          next_check_in_seconds as "nextCheckInSeconds" from private.serve_session_check(${ip}, ${session})`;
      return row;
    },
    admit: async () => ({ allowed: true, retryAfterSeconds: 1 }),
    signer: await createLicenseSigner(jwk),
    now: () => new Date(),
  });
  const redeem = (token: string, hwid = adminPc, init: RequestInit = {}) =>
    handle(
      new Request('http://functions/client-session', {
        method: 'POST',
        headers: { 'user-agent': 'WhatAutosys/3' },
        body: JSON.stringify({ token, hwid }),
        ...init,
      }),
    );
  return {
    handle,
    redeem,
    async open(token: string): Promise<ClientSessionResponse> {
      return clientSessionResponse.parse(await (await redeem(token)).json());
    },
    async check(session: string) {
      const response = await check(
        new Request('http://functions/license-check', {
          method: 'POST',
          headers: { authorization: `Bearer ${session}` },
          body: JSON.stringify({ nonce: 'n' }),
        }),
      );
      return checkResponse.parse(await response.json());
    },
  };
}
