import {
  auditVerify,
  type AuditVerifyResponse,
  type SealFault,
} from '../../supabase/contracts/functions/audit-verify.ts';
import { isProven, readSeal } from '../_shared/audit-seals.ts';
import type { Handler } from '../_shared/http.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';
import { type Authenticate, forStaff, type Staff } from '../_shared/staff.ts';

/** What the database says, read in one transaction; it asks for the permission. */
export interface Trail {
  chain: AuditVerifyResponse['chain'];
  /** Place of the last event. */
  head: number;
  /** Oldest first; `found` is the hash the chain holds there now. */
  seals: Array<{ seal: string; found: string | null }>;
  /** Hashes at the places the copies name. */
  hashes: Record<string, string>;
}

export interface Dependencies {
  authenticate: Authenticate;
  read(staff: Staff, sequences: number[]): Promise<Trail>;
  publicKeys: LicenseSigner['publicKeys'];
  consoleUrl: string;
}

const mostFaults = 100;

/**
 * POST `{copies?: [seal]}` with a staff token at aal2 → recomputes the chain, proves every seal by the public key and
 * compares it, and each copy that was kept outside, with the chain → `{ok, chain, seals, copies, faults}`.
 * 400 malformed, 401 no token, 403 permission_denied.
 */
export function createHandler({ read, publicKeys, ...frame }: Dependencies): Handler {
  return forStaff(frame, { schema: auditVerify.request, limit: 256 * 1024 }, async (staff, { copies: given = [] }) => {
    const copies = given.filter((copy) => copy !== '');
    const sequences = copies.flatMap((copy) => readSeal(copy)?.sequence ?? []);
    const { chain, head, seals, hashes } = await read(staff, sequences);
    const faults: SealFault[] = [];
    for (const { seal, found } of seals) faults.push(...(await faultsOf(seal, found, publicKeys, false)));
    for (const copy of copies) {
      const found = hashes[String(readSeal(copy)?.sequence)] ?? null;
      faults.push(...(await faultsOf(copy, found, publicKeys, true)));
    }
    const last = seals.length > 0 ? readSeal(seals.at(-1)!.seal) : null;
    return {
      ok: chain.ok && faults.length === 0,
      chain,
      seals: {
        count: seals.length,
        last_sequence: last?.sequence ?? null,
        last_signed_at: last?.signedAt.toISOString() ?? null,
        unsealed: Math.max(0, head - (last?.sequence ?? 0)),
      },
      copies: copies.length,
      faults: faults.slice(0, mostFaults),
    } satisfies AuditVerifyResponse;
  });
}

async function faultsOf(
  text: string,
  found: string | null,
  keys: LicenseSigner['publicKeys'],
  is_copy: boolean,
): Promise<SealFault[]> {
  const seal = readSeal(text);
  if (!seal) return [{ fault: 'unreadable', sequence: null, is_copy }];
  const fault = !(await isProven(text, keys))
    ? 'forged'
    : found === null
      ? 'missing'
      : found === seal.hash
        ? null
        : 'rewritten';
  return fault ? [{ fault, sequence: seal.sequence, is_copy }] : [];
}
