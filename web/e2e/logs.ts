import { randomUUID } from 'node:crypto';
import { expect } from 'playwright/test';
import { type License, unique } from './licenses.ts';
import { home } from './support.ts';

export interface Line {
  level?: 'debug' | 'info' | 'warning' | 'error';
  message: string;
  stack?: string;
  context?: Record<string, unknown>;
  occurred_at?: string;
  version?: string;
}

/** What a client reports, from a source of its own unless one is named. Answers the source. */
export async function reportLines(license: License, lines: Line[], source = `Essai-${unique()}`): Promise<string> {
  const response = await fetch(`${home.apiUrl}/functions/v1/client-report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      license_key: license.license_key,
      hwid: license.hwid,
      idempotency_key: randomUUID(),
      logs: lines.map((line) => ({ source, ...line })),
    }),
  });
  const answer: unknown = await response.json();
  expect(response.status, JSON.stringify(answer)).toBe(202);
  expect(answer).toMatchObject({ accepted: { logs: lines.length }, rejected: [] });
  return source;
}
