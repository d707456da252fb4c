import type { SealResponse } from '../../supabase/contracts/functions/audit-seal.ts';
import { makeSeal } from '../_shared/audit-seals.ts';
import { methodNotAllowed, unauthorized } from '../_shared/errors.ts';
import { type Handler, secretsEqual, withErrors } from '../_shared/http.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';
import type { SendMail } from '../_shared/sendgrid.ts';
import { copyMail } from './copy.ts';

interface Place {
  sequence: number;
  hash: string;
}

/** See private.audit_to_seal. */
export interface ToSeal {
  head: Place;
  latest: (Place & { found: string | null }) | null;
  months: Array<Place & { month: string }>;
}

export interface Dependencies {
  toSeal(): Promise<ToSeal>;
  keep(seal: string): Promise<void>;
  reportBroken(sequence: number, reason: string): Promise<void>;
  /** The newest seal of all and those that close months, oldest first. */
  seals(): Promise<string[]>;
  signer: LicenseSigner;
  send: SendMail;
  copyTo: string[];
  cronSecret: string;
  consoleUrl: string;
  now(): Date;
}

/**
 * POST with `x-cron-secret` → signs the end of the audit chain, if it has moved, and the end of each month that has
 * passed; `POST …/copy` then mails the newest seal and those of the months to whoever keeps copies → 200 `{sealed,
 * closed, broken, mailed}`. When the chain no longer holds what was signed last, nothing is signed and administrators
 * are alerted: a new seal would vouch for the forgery. 401 on a wrong secret.
 */
export function createHandler(dependencies: Dependencies): Handler {
  // What this worker signed itself: the owner of the database can take back rows, not this.
  let signed: Place | null = null;
  return withErrors(async (request) => {
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    if (!(await secretsEqual(request.headers.get('x-cron-secret') ?? '', dependencies.cronSecret)))
      throw unauthorized('The cron secret is required');
    const answer = await seal(dependencies, signed);
    if (answer.place) signed = answer.place;
    const wantsCopy = new URL(request.url).pathname.endsWith('/copy');
    const mailed = wantsCopy && !answer.broken ? await mailCopies(dependencies) : 0;
    const { sealed, closed, broken } = answer;
    return Response.json({ sealed, closed, broken, mailed } satisfies SealResponse);
  });
}

interface Sealed extends Omit<SealResponse, 'mailed'> {
  place: Place | null;
}

async function seal({ toSeal, keep, reportBroken, signer, now }: Dependencies, signed: Place | null): Promise<Sealed> {
  const { head, latest, months } = await toSeal();
  const broken = faultOf(head, latest, signed);
  if (broken) {
    await reportBroken(broken.sequence, broken.reason);
    return { sealed: null, closed: [], broken: true, place: null };
  }
  const closed: string[] = [];
  for (const { month, sequence, hash } of months) {
    const closes = month.slice(0, 7);
    await keep(await makeSeal(signer, { sequence, hash, closes, signedAt: now() }));
    closed.push(closes);
  }
  if (head.sequence === 0 || head.sequence === latest?.sequence)
    return { sealed: null, closed, broken: false, place: null };
  await keep(await makeSeal(signer, { ...head, closes: null, signedAt: now() }));
  return { sealed: head.sequence, closed, broken: false, place: head };
}

/** Whether the chain still holds what was signed last, by the database's word and by this worker's own. */
function faultOf(
  head: Place,
  latest: ToSeal['latest'],
  signed: Place | null,
): { sequence: number; reason: string } | null {
  if (latest && latest.found !== latest.hash)
    return { sequence: latest.sequence, reason: latest.found ? 'rewritten' : 'missing' };
  if (signed && (head.sequence < signed.sequence || (latest?.sequence ?? 0) < signed.sequence))
    return { sequence: signed.sequence, reason: 'missing' };
  if (signed && latest?.sequence === signed.sequence && latest.hash !== signed.hash)
    return { sequence: signed.sequence, reason: 'rewritten' };
  return null;
}

async function mailCopies({ seals, send, copyTo, consoleUrl, now }: Dependencies): Promise<number> {
  if (copyTo.length === 0) return 0;
  const content = copyMail(await seals(), consoleUrl);
  const day = now().toISOString().slice(0, 10);
  const outcomes = await Promise.all(copyTo.map((to) => send({ to, reference: `audit-copy-${day}`, ...content })));
  return outcomes.filter(({ outcome }) => outcome === 'sent').length;
}
