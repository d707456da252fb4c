import { expect, it } from 'vitest';
import { clientIp } from './http.ts';

it.each([
  [{ 'x-forwarded-for': '203.0.113.9, 10.0.0.1' }, '203.0.113.9'],
  [{ 'x-forwarded-for': '6.6.6.6, 203.0.113.9', 'cf-connecting-ip': '203.0.113.9' }, '203.0.113.9'],
  [{}, 'unknown'],
] as Array<[Record<string, string>, string]>)(
  'clientIp() of %j is %s: what Cloudflare says outranks what a client can',
  (headers, ip) => {
    expect(clientIp(new Request('http://f/', { headers }))).toBe(ip);
  },
);
