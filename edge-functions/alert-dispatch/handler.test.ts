import { describe, expect, it, vi } from 'vitest';
import { alertResponse } from '../../supabase/contracts/functions/alert-dispatch.ts';
import { consoleUrl, post } from '../_shared/testing.ts';
import { cut, slack, telegram } from './channels.ts';
import { createHandler } from './handler.ts';
import type { Alert } from './messages.ts';
import { words } from './words/index.ts';

const cronSecret = 'cron-secret';
const alert = (index: number, given: Partial<Alert> = {}): Alert => ({
  id: `alert-${index}`,
  kind: 'payment_failed',
  severity: 'error',
  created_at: '2026-03-01T12:00:00Z',
  license_key_hint: `KEY0${index}`,
  data: {
    amount_cents: 2900,
    currency: 'EUR',
    failure_code: 'insufficient_funds',
  },
  ...given,
});

function open(alerts: Alert[], answer: () => Response | Promise<Response> = () => Response.json({ ok: true })) {
  const calls: Array<{ url: string; body: Record<string, unknown> }> = [];
  const request = (async (url: string | URL | Request, init?: RequestInit) => {
    calls.push({ url: String(url), body: JSON.parse(String(init?.body)) });
    return answer();
  }) as typeof fetch;
  const settle = vi.fn(async () => undefined);
  const handle = createHandler({
    channels: [
      telegram({ apiBase: 'https://telegram.test', token: 'T', chatId: '42', fetch: request }),
      slack({ url: 'https://slack.test/hook', fetch: request }),
    ],
    claim: async () => alerts,
    settle,
    words,
    cronSecret,
    consoleUrl,
  });
  return {
    calls,
    settle,
    run: (secret = cronSecret) => handle(post('http://functions/alert-dispatch', {}, { 'x-cron-secret': secret })),
  };
}

describe('cut()', () => {
  const family = '👨‍👩‍👧‍👦';
  it.each([
    ['short', 10, 'short'],
    ['twelve chars', 6, 'twelv…'],
    [`ab${family}`, 6, 'ab…'],
    ['ab👍c', 4, 'ab…'],
    ['e\u0301e\u0301e\u0301', 5, 'e\u0301e\u0301…'],
  ])('%j within %i units is %j', (text, units, expected) => {
    expect(cut(text, units)).toBe(expected);
    expect(cut(text, units)).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('alert-dispatch', () => {
  it('tells an alert on each channel, and settles it', async () => {
    const { run, calls, settle } = open([alert(1)]);
    expect(alertResponse.parse(await (await run()).json())).toEqual({
      telegram: { sent: 1, retry: 0, failed: 0 },
      slack: { sent: 1, retry: 0, failed: 0 },
    });
    expect(calls.find(({ url }) => url === 'https://telegram.test/botT/sendMessage')!.body).toMatchObject({
      chat_id: '42',
      text: expect.stringContaining('licence …KEY01, 29,00\u00a0€ (insufficient_funds)'),
    });
    expect(settle.mock.calls).toEqual([
      ['telegram', ['alert-1'], { outcome: 'sent' }],
      ['slack', ['alert-1'], { outcome: 'sent' }],
    ]);
  });

  it('makes one message of many', async () => {
    const many = [...Array.from({ length: 8 }, (_, index) => alert(index)), alert(9, { kind: 'payment_disputed' })];
    const { run, calls, settle } = open(many);
    await run();
    expect(calls).toHaveLength(2);
    expect(calls[0]!.body['text']).toContain('9 alertes');
    expect(calls[0]!.body['text']).toContain('• 8 paiements échoués\n• 1 litige\n');
    expect(settle).toHaveBeenCalledWith(
      'slack',
      many.map(({ id }) => id),
      { outcome: 'sent' },
    );
  });

  it.each([
    [429, 'retry'],
    [503, 'retry'],
    [403, 'failed'],
  ])('an answer %i is %s', async (status, outcome) => {
    const { run, settle } = open([alert(1)], () => new Response('no', { status }));
    await run();
    expect(settle).toHaveBeenCalledWith('slack', ['alert-1'], { outcome, error: `answered ${status}: no` });
  });

  it.each([
    ['a header', () => new Response('slow down', { status: 429, headers: { 'retry-after': '30' } })],
    [
      "Telegram's body",
      () => Response.json({ ok: false, error_code: 429, parameters: { retry_after: 30 } }, { status: 429 }),
    ],
  ])('asked to wait by %s, it waits with all that is left', async (_, answer) => {
    const { run, calls, settle } = open([alert(1), alert(2), alert(3)], answer);
    expect(await (await run()).json()).toEqual({
      telegram: { sent: 0, retry: 3, failed: 0 },
      slack: { sent: 0, retry: 3, failed: 0 },
    });
    expect(calls).toHaveLength(2);
    expect(settle).toHaveBeenCalledTimes(6);
    for (const [, , result] of settle.mock.calls as unknown as [string, string[], object][])
      expect(result).toMatchObject({ outcome: 'retry', retryAfterSeconds: 30 });
  });

  it('an alert that cannot be settled costs the others nothing', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { run, settle, calls } = open([alert(1), alert(2)]);
    settle.mockRejectedValueOnce(new Error('lost connection'));
    expect(await (await run()).json()).toMatchObject({ telegram: { sent: 2 }, slack: { sent: 2 } });
    expect(calls).toHaveLength(4);
    vi.restoreAllMocks();
  });

  it('keeps the address, which is a secret, out of the error', async () => {
    const { run, settle } = open([alert(1)], () =>
      Promise.reject(new TypeError('fetch https://slack.test/hook failed')),
    );
    await run();
    expect(settle).toHaveBeenCalledWith('slack', ['alert-1'], { outcome: 'retry', error: 'TypeError' });
  });

  it('escapes what Slack would read as markup', async () => {
    const { run, calls } = open([alert(1, { license_key_hint: '<!channel>&' })]);
    await run();
    expect(calls.find(({ url }) => url.includes('slack'))!.body['text']).toContain('&lt;!channel&gt;&amp;');
  });

  it('sends nothing without the secret', async () => {
    const { run, calls } = open([alert(1)]);
    expect((await run('wrong')).status).toBe(401);
    expect(calls).toEqual([]);
  });
});
