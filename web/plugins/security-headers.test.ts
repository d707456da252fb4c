import { expect, test } from 'vitest';
import { headersFile, metaPolicy } from './security-headers.ts';

const api = 'https://abc.supabase.co';

test('_headers names paths and below them headers, with the addresses of the API', () => {
  const rules = { '/*': { 'X-Policy': ["a 'self'", 'b %API% %API_SOCKET%'] }, '/index.html': { 'X-Other': 'c' } };
  expect(headersFile(`${api}/`, rules)).toBe(
    "/*\n  X-Policy: a 'self'; b https://abc.supabase.co wss://abc.supabase.co\n/index.html\n  X-Other: c\n",
  );
});

test('what is deployed runs no inline script, is framed by nobody and keeps hashed files alone', () => {
  const text = headersFile(api);
  expect(text).toMatch(/Content-Security-Policy: .*script-src 'self';.*frame-ancestors 'none'\n/);
  expect(text).not.toContain('%');
  expect(text).toMatch(/^\/index\.html\n {2}Cache-Control: no-cache$/m);
  expect(text).toMatch(/^\/assets\/\*\n {2}Cache-Control: public, max-age=31536000, immutable$/m);
  for (const header of ['X-Content-Type-Options: nosniff', 'Referrer-Policy: ', 'Permissions-Policy: '])
    expect(text).toContain(header);
});

test('the page itself carries the policy, without what counts in a header only', () => {
  expect(metaPolicy(api, false)).not.toContain('frame-ancestors');
  expect(metaPolicy(api, false)).toContain("script-src 'self';");
  expect(metaPolicy(api, false)).toContain(`connect-src 'self' ${api} wss://abc.supabase.co;`);
});

test('only the dev server may inject its scripts and open its socket', () => {
  expect(metaPolicy('http://127.0.0.1:54321', true)).toMatch(/script-src 'self' 'unsafe-inline';.* ws:;/);
});
