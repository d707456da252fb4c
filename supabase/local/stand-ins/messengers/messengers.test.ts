import { describe, expect, it } from 'vitest';
import { createMessengersApp, type MessengersState } from './app.ts';

const open = () => {
  const state: MessengersState = { messages: [], failures: [] };
  const app = createMessengersApp(state);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(`http://127.0.0.1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { state, app, post };
};

describe('messengers', () => {
  it('takes a Telegram message and shows it', async () => {
    const { app, post } = open();
    const response = await post('/bot123:abc/sendMessage', { chat_id: -100, text: 'Paiement échoué' });
    expect(await response.json()).toMatchObject({ ok: true, result: { text: 'Paiement échoué' } });
    expect(await (await app.request('http://127.0.0.1/')).text()).toContain('Paiement échoué');
  });

  it.each([[{ text: 'x' }], [{ chat_id: 1, text: ' ' }], [{ chat_id: 1, text: 'x'.repeat(4097) }]])(
    'refuses %j as Telegram does',
    async (body) => {
      const { state, post } = open();
      expect((await post('/bot1/sendMessage', body)).status).toBe(400);
      expect(state.messages).toEqual([]);
    },
  );

  it('takes a Slack message, and refuses an empty one', async () => {
    const { state, post } = open();
    expect(await (await post('/services/T/B/X', { text: 'hello' })).text()).toBe('ok');
    expect(await (await post('/services/T/B/X', { text: '' })).text()).toBe('no_text');
    expect(state.messages).toMatchObject([{ channel: 'slack', to: 'T/B/X', text: 'hello' }]);
  });

  it('fails as told, once', async () => {
    const { post } = open();
    await post('/api/failures', { status: 429, retryAfter: 7 });
    expect(await (await post('/bot1/sendMessage', { chat_id: 1, text: 'x' })).json()).toMatchObject({
      ok: false,
      error_code: 429,
      parameters: { retry_after: 7 },
    });
    expect((await post('/bot1/sendMessage', { chat_id: 1, text: 'x' })).status).toBe(200);
  });

  it('escapes what it shows, and refuses other sites', async () => {
    const { app, post } = open();
    await post('/services/x', { text: '<script>alert(1)</script>' });
    expect(await (await app.request('http://127.0.0.1/')).text()).not.toContain('<script>alert');
    expect((await post('/services/x', { text: 'x' }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await app.request('http://evil.example/api/messages')).status).toBe(403);
  });
});
