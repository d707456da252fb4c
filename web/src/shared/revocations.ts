/** What the dialog that revokes licences asks of whoever knows what hangs on them. */
export interface RevocationInput {
  reason: string;
  send_email: boolean;
}

/** A licence that was not revoked, or not all of what was asked with it: the code of our own, or the error itself. */
export interface RevocationFailure {
  license_id: string;
  code: string | null;
  error: unknown;
}

export interface RevocationResult {
  done: number;
  failures: RevocationFailure[];
}

/** What was chosen, once there is something to choose. */
export interface RevocationChoice {
  /** Something is not said yet, or not known yet. */
  blocked: boolean;
  revoke(input: RevocationInput, progress: (done: number) => void): Promise<RevocationResult>;
  /** A failure in words: what happened, and what there is to know of it. */
  words(failure: RevocationFailure): { text: string; facts: string[] };
}
