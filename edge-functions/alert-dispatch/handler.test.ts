import { describe, expect, it, vi } from 'vitest';
import { alertResponse } from '../../supabase/contracts/functions/alert-dispatch.ts';
import { consoleUrl, post } from '../_shared/testing.ts';
import { slack, telegram } from './channels.ts';
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
      ['telegram', ['alert-1'], 'sent', null],
      ['slack', ['alert-1'], 'sent', null],
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
      'sent',
      null,
    );
  });

  it.each([
    [429, 'retry'],
    [503, 'retry'],
    [403, 'failed'],
  ])('an answer %i is %s', async (status, outcome) => {
    const { run, settle } = open([alert(1)], () => new Response('no', { status }));
    await run();
    expect(settle).toHaveBeenCalledWith('slack', ['alert-1'], outcome, `answered ${status}: no`);
  });

  it('keeps the address, which is a secret, out of the error', async () => {
    const { run, settle } = open([alert(1)], () =>
      Promise.reject(new TypeError('fetch https://slack.test/hook failed')),
    );
    await run();
    expect(settle).toHaveBeenCalledWith('slack', ['alert-1'], 'retry', 'TypeError');
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
