import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { createMailApp } from './app.ts';
import { MailStore } from './store.ts';

function mailbox(status = 200) {
  const posts: FormData[] = [];
  const store = new MailStore();
  const message = store.add({
    from: { email: 'no-reply@exemple.test', name: 'Support' },
    to: [{ email: 'ana@exemple.test', name: 'Ana Éloi' }],
    cc: [],
    bcc: [],
    replyTo: { email: 'support+t1.aa@aide.test' },
    subject: 'Re: Clé perdue [#1]',
    text: 'Bonjour,\n\nVoici.',
    html: '<html lang="fr"><p>Bonjour</p>',
    attachments: [],
    headers: { 'Message-ID': '<t1.bb.cc@aide.test>', References: '<a@exemple.test>' },
    categories: [],
    customArgs: {},
  });
  const app = createMailApp({
    store,
    signal: new AbortController().signal,
    inbound: {
      url: 'http://hook.test/',
      fetch: async (_url, init) => {
        posts.push(init?.body as FormData);
        return new Response('{"outcome":"added","ticket_number":1}', { status });
      },
    },
  });
  const reply = (body: unknown, id = message.id) =>
    app.request(`http://127.0.0.1/api/messages/${id}/reply`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const mail = () => PostalMime.parse(String(posts.at(-1)!.get('email')), { forceRfc822Attachments: true });
  return { reply, posts, mail };
}

describe('an answer from the mailbox', () => {
  test('is the mail that a mail program would send', async () => {
    const { reply, posts, mail } = mailbox();
    const answer = await reply({ kind: 'reply', text: 'Merci, reçu.' });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { status: 200, body: '{"outcome":"added","ticket_number":1}' },
    ]);
    expect(JSON.parse(String(posts[0]!.get('envelope')))).toEqual({
      to: ['support+t1.aa@aide.test'],
      from: 'ana@exemple.test',
    });
    expect(await mail()).toMatchObject({
      from: { address: 'ana@exemple.test', name: 'Ana Éloi' },
      to: [{ address: 'support+t1.aa@aide.test' }],
      subject: 'Re: Clé perdue [#1]',
      inReplyTo: '<t1.bb.cc@aide.test>',
      references: '<a@exemple.test> <t1.bb.cc@aide.test>',
      text: expect.stringMatching(/^Merci, reçu\.\n\nLe .* a écrit :\n\n> Bonjour,\n>\n> Voici\.$/),
    });
  });

  test('comes from another address, without what it answers, when told', async () => {
    const { reply, mail } = mailbox();
    await reply({ kind: 'reply', text: 'Moi aussi.', from: 'paul@exemple.test', quote: false });
    expect(await mail()).toMatchObject({ from: { address: 'paul@exemple.test', name: '' }, text: 'Moi aussi.' });
  });

  test('is a machine’s', async () => {
    const { reply, mail } = mailbox();
    await reply({ kind: 'out_of_office', text: '' });
    const { headers, subject } = await mail();
    expect(subject).toBe('Automatic reply: Clé perdue [#1]');
    expect(headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-replied' }));
  });

  test('is a report that nothing was delivered', async () => {
    const { reply, mail } = mailbox();
    await reply({ kind: 'bounce', text: '' });
    const { attachments, from } = await mail();
    expect(from?.address).toBe('MAILER-DAEMON@exemple.test');
    expect(attachments.map(({ mimeType }) => mimeType)).toEqual(['message/delivery-status', 'text/rfc822-headers']);
  });

  test.each([{}, { kind: 'reply', text: ' ' }, { kind: 'other', text: 'x' }, { kind: 'reply', text: 'x', from: 'no' }])(
    'refuses %j',
    async (body) => {
      const { reply, posts } = mailbox();
      expect((await reply(body)).status).toBe(400);
      expect(posts).toHaveLength(0);
    },
  );

  test('says when it was not taken, and knows what it answers', async () => {
    expect((await mailbox(500).reply({ kind: 'reply', text: 'x' })).status).toBe(502);
    expect((await mailbox().reply({ kind: 'reply', text: 'x' }, 'unknown')).status).toBe(404);
  });
});
