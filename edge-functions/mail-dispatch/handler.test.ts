import { describe, expect, it, vi } from 'vitest';
import { mailResponse } from '../../supabase/contracts/functions/mail-dispatch.ts';
import type { MailOutcome } from '../_shared/sendgrid.ts';
import { now, post } from '../_shared/testing.ts';
import { type ClaimedMail, createHandler } from './handler.ts';
import { templates } from './templates/index.ts';

const data = {
  license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23',
  license_key_hint: 'XYZ23',
  plan_name: 'Premium',
  expires_at: '2026-04-01T10:00:00Z',
  revoked_reason: 'fraud <script>',
};
const mail = (id: string): ClaimedMail => ({
  id,
  template: 'license_created',
  locale: 'fr',
  recipient: `${id}@example.com`,
  data,
});
const url = 'http://f/mail-dispatch';
const secret = { 'x-cron-secret': 's3cret' };

const picture = { name: 'é.png', type: 'image/png', bytes: new Uint8Array([1]) };
function make(
  batches: ClaimedMail[][],
  send: () => Promise<MailOutcome> = async () => ({ outcome: 'sent', messageId: 'm' }),
) {
  const settle = vi.fn(async () => undefined);
  const claim = vi.fn(async () => batches.shift() ?? []);
  const sender = vi.fn(send);
  const files = vi.fn(async (id: string) => (id === 'lost' ? Promise.reject(new Error('gone')) : [picture]));
  return {
    settle,
    claim,
    sender,
    handle: createHandler({
      claim,
      settle,
      files,
      send: sender,
      templates,
      from: 'WhatAutosys <no-reply@example.com>',
      supportReplyTo: 'Support <support@aide.example.com>',
      cronSecret: 's3cret',
      now,
    }),
  };
}

describe('mail-dispatch', () => {
  it('sends what is due and settles each', async () => {
    const { handle, settle, sender } = make([[mail('a'), mail('b')]]);
    const response = await handle(post(url, {}, secret));
    expect(mailResponse.parse(await response.json())).toEqual({ sent: 2, failed: 0, retry: 0, uncertain: 0 });
    expect(settle).toHaveBeenCalledWith('a', { outcome: 'sent', messageId: 'm' });
    expect(sender).toHaveBeenCalledWith(
      expect.objectContaining({ to: 'a@example.com', reference: 'a', subject: 'Votre licence WhatAutosys' }),
    );
  });

  it('an answer of support says by what it will be known; what no person wrote says that', async () => {
    const ticket = {
      ticket_number: 1245,
      ticket_subject: 'QR Code',
      message: 'Bonjour',
      message_token: 't1245.aa.bb',
      reply_token: 't1245.cc',
      references: ['a@exemple.fr'],
    };
    const { handle, sender } = make([[mail('a'), { ...mail('b'), template: 'ticket_message', data: ticket }]]);
    await handle(post(url, {}, secret));
    expect(sender).toHaveBeenCalledWith(
      expect.objectContaining({
        reference: 'b',
        attachments: [picture],
        replyTo: 'Support <support+t1245.cc@aide.example.com>',
        headers: expect.objectContaining({ 'Message-ID': '<t1245.aa.bb@aide.example.com>', 'Auto-Submitted': 'no' }),
      }),
    );
    expect(sender).toHaveBeenCalledWith(
      expect.objectContaining({
        reference: 'a',
        headers: expect.objectContaining({ 'Auto-Submitted': 'auto-generated', Precedence: 'bulk' }),
      }),
    );
  });

  it('a report brings its files, or waits for them', async () => {
    const data = { report: 'Lundi', from_day: '2026-11-23', to_day: '2026-11-29' };
    const report = (id: string) => ({ ...mail(id), template: 'report', data });
    const { handle, sender } = make([[report('a'), report('lost')]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 1, retry: 1 });
    expect(sender).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reference: 'a', attachments: [picture] }));
  });

  it('waits with an answer whose files cannot be read', async () => {
    const answer = { ...mail('lost'), template: 'ticket_message', data: { ticket_number: 1, ticket_subject: 'x' } };
    const { handle, settle, sender } = make([[answer]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ retry: 1 });
    expect(settle).toHaveBeenCalledWith('lost', expect.objectContaining({ error: expect.stringContaining('gone') }));
    expect(sender).not.toHaveBeenCalled();
  });

  it('sends answers one after the other, for their files are held whole; one that fails stops none', async () => {
    let [under, most] = [0, 0];
    const answers = ['a', 'b', 'c'].map((id) => ({ ...mail(id), template: 'ticket_message', data: { message: id } }));
    const { handle } = make([answers], async () => {
      most = Math.max(most, (under += 1));
      await new Promise(setImmediate);
      under -= 1;
      return { outcome: 'failed', error: 'no' };
    });
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ failed: 3 });
    expect(most).toBe(1);
  });

  it('goes on while batches are full', async () => {
    const { handle, claim } = make([Array.from({ length: 20 }, (_, index) => mail(`m${index}`)), [mail('last')]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 21 });
    expect(claim).toHaveBeenCalledTimes(2);
  });

  it.each([undefined, '', 'wrong', 's3cret '])('refuses the secret %j and claims nothing', async (given) => {
    const { handle, claim } = make([[mail('a')]]);
    const response = await handle(post(url, {}, given === undefined ? {} : { 'x-cron-secret': given }));
    // Headers lose trailing blanks on the way, so the last one is the right secret.
    expect(response.status).toBe(given === 's3cret ' ? 200 : 401);
    expect(claim).toHaveBeenCalledTimes(given === 's3cret ' ? 1 : 0);
  });

  it('a mail that cannot be rendered fails alone', async () => {
    const broken = { ...mail('a'), data: { ...data, expires_at: 'never' } };
    const { handle, settle } = make([[broken, mail('b')]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 1, failed: 1 });
    expect(settle).toHaveBeenCalledWith('a', expect.objectContaining({ outcome: 'failed' }));
  });

  it('a key that cannot be opened fails its own mail', async () => {
    const { license_key: _, ...keyless } = data;
    const { handle, settle } = make([[{ ...mail('a'), data: keyless }, mail('b')]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 1, failed: 1 });
    expect(settle).toHaveBeenCalledWith('a', { outcome: 'failed', error: expect.stringContaining('key') });
  });

  it('a mail that cannot be settled costs the others nothing', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { handle, settle } = make([[mail('a'), mail('b')]]);
    settle.mockRejectedValueOnce(new Error('lost connection'));
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 2 });
    expect(settle).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });

  it.each(['no_such_template', 'toString'])('a mail whose template is %j fails, with its name', async (template) => {
    const { handle, settle, sender } = make([[{ ...mail('a'), template }]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ failed: 1 });
    expect(settle).toHaveBeenCalledWith('a', { outcome: 'failed', error: expect.stringContaining(`"${template}"`) });
    expect(sender).not.toHaveBeenCalled();
  });
});
