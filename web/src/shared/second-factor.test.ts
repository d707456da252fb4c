import { describe, expect, it } from 'vitest';
import { AppError } from '@/base/errors.ts';
import { svgDataUri, waitSeconds } from './second-factor.ts';

describe('svgDataUri()', () => {
  it('encodes bare SVG, so that its colours do not end the address', () => {
    const uri = svgDataUri('data:image/svg+xml;utf-8,<svg fill="#000"></svg>');
    expect(uri).not.toContain('#');
    expect(decodeURIComponent(uri)).toContain('<svg fill="#000">');
  });
  it('leaves an encoded address as it is', () => {
    expect(svgDataUri('data:image/svg+xml;base64,PHN2Zz4=')).toBe('data:image/svg+xml;base64,PHN2Zz4=');
  });
});

describe('waitSeconds()', () => {
  const failure = (message: string, fields: { code: string; status?: number }) =>
    new AppError(message, { kind: 'auth', ...fields });
  it('takes the time the server states, else a minute', () => {
    expect(waitSeconds(failure('try again in 12 s', { code: 'x', status: 429 }))).toBe(12);
    expect(waitSeconds(failure('too many', { code: 'over_request_rate_limit' }))).toBe(60);
  });
  it('is null for any other failure', () => {
    expect(waitSeconds(failure('wrong code', { code: 'mfa_verification_failed', status: 422 }))).toBeNull();
  });
});
