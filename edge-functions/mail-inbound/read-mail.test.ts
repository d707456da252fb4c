import { describe, expect, it, vi } from 'vitest';
import { formOf, latin1, mailBytes, replyTo } from './mails.testing.ts';
import { bareSubject, readMail } from './read-mail.ts';

const own = ['support@aide.exemple.fr', 'no-reply@exemple.fr'];
const read = async (headers: Record<string, string> = {}, body?: string) =>
  (await readMail(formOf(mailBytes(headers, body)), own)).mail;

describe('a mail', () => {
  it('says who writes what to whom, and what it answers, the nearest first', async () => {
    const mail = await read({
      'In-Reply-To': '<b@outlook.exemple> <c@outlook.exemple>',
      References: '<first@exemple.fr>\r\n <t1245.aa.bb@aide.exemple.fr> <b@outlook.exemple>',
      Cc: 'Paul <paul@exemple.fr>',
    });
    expect(mail).toMatchObject({
      kind: 'human',
      message_id: 'a1@exemple.fr',
      from_address: 'ana@exemple.fr',
      from_name: 'Ana Morel',
      subject: 'QR Code',
      raw_subject: 'Re: QR Code [#1245]',
      to: [replyTo, 'paul@exemple.fr'],
      answers: ['b@outlook.exemple', 'c@outlook.exemple', 't1245.aa.bb@aide.exemple.fr', 'first@exemple.fr'],
      body: 'Toujours pas.',
      has_original: false,
    });
  });

  it('answers nothing by an empty In-Reply-To', async () => {
    expect((await read({ 'In-Reply-To': '<>' })).answers).toEqual([]);
  });

  it('is itself by Message-ID, sender and text, else by its bytes', async () => {
    const prints = async (...mails: Record<string, string>[]) =>
      Promise.all(mails.map(async (headers) => (await read(headers)).fingerprint));
    const [one, again, other, nameless, namelessAgain, namelessOther] = await prints(
      {},
      { Subject: 'Autre' },
      { From: 'b@exemple.fr' },
      { 'Message-ID': '' },
      { 'Message-ID': '' },
      { 'Message-ID': '', Subject: 'Autre' },
    );
    expect(again).toBe(one);
    expect(namelessAgain).toBe(nameless);
    expect(new Set([one, other, nameless, namelessOther]).size).toBe(4);
  });

  it.each([
    ['Re: QR Code [#1245]', 'QR Code'],
    ['RE : TR: Fwd: AW: QR  Code', 'QR Code'],
    ['Re[4]: QR Code', 'QR Code'],
    ['Retour : QR Code', 'Retour : QR Code'],
    ['', ''],
  ])('has of the subject %j the bare one', (subject, bare) => {
    expect(bareSubject(subject)).toBe(bare);
  });
});

describe('who speaks', () => {
  it.each<[string, Record<string, string>, boolean | null]>([
    ['Auto-Submitted: auto-replied', { 'Auto-Submitted': 'auto-replied' }, true],
    ['auto-generated with a comment, and no words of a vacation', { 'Auto-Submitted': 'auto-generated; x (y)' }, false],
    ['Gmail’s, with both headers', { 'Auto-Submitted': 'auto-replied', Precedence: 'bulk' }, true],
    ['Exchange’s inbox rule', { 'X-MS-Exchange-Inbox-Rules-Loop': 'ana@exemple.fr' }, false],
    ['Precedence: auto_reply', { Precedence: 'auto_reply', 'In-Reply-To': '<x@y.fr>' }, true],
    ['X-Autoreply', { 'X-Autoreply': 'yes' }, true],
    ['a French vacation without any header', { Subject: 'Réponse automatique : QR Code' }, true],
    ['an English one', { Subject: 'Out of Office: QR Code' }, true],
    ['no sender to answer', { 'Return-Path': '<>' }, false],
  ])('%s is a machine', async (_, headers, isAnswer) => {
    const subject = headers['Subject']?.replace('é', '=?utf-8?Q?=C3=A9?=');
    const mail = await read({ ...headers, ...(subject ? { Subject: subject } : {}) });
    expect(mail).toMatchObject({ kind: 'auto_reply', is_answer: isAnswer });
  });

  it.each([
    ['Auto-Submitted: no', { 'Auto-Submitted': 'no' }, 'human'],
    ['a request not to be answered by machines', { 'X-Auto-Response-Suppress': 'OOF' }, 'human'],
    ['a list', { 'List-Id': '<users.exemple.fr>' }, 'list'],
    ['our own address', { From: 'support@aide.exemple.fr' }, 'own'],
    ['our own signed address', { From: replyTo }, 'own'],
  ])('%s: %s → %s', async (_, headers, kind) => {
    expect((await read(headers as unknown as Record<string, string>)).kind).toBe(kind);
  });

  const report = (returned: string, status = 'Action: failed\r\nStatus: 5.1.1') =>
    [
      '--b\r\nContent-Type: text/plain\r\n\r\nDésolé',
      `--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; exemple.fr\r\n\r\n` +
        `Final-Recipient: rfc822; Ana@Exemple.fr\r\n${status}`,
      returned,
      '--b--\r\n',
    ].join('\r\n');
  const reportType = {
    From: 'MAILER-DAEMON@exemple.fr',
    'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
  };

  it.each([
    ['the whole mail', '--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <T1245.aa.bb@x>\r\nSubject: y\r\n\r\nz'],
    ['its headers', '--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: y\r\nMessage-ID: <t1245.aa.bb@x>'],
  ])('a delivery failure, with %s, says of what to whom and why', async (_, returned) => {
    const mail = await read(reportType, report(returned));
    expect(mail).toMatchObject({
      kind: 'bounce',
      bounce: { failed_id: 't1245.aa.bb', recipient: 'ana@exemple.fr', code: '5.1.1' },
      answers: ['t1245.aa.bb@'],
    });
  });

  it('a report of a delay is no failure', async () => {
    const mail = await read(reportType, report('--b\r\nContent-Type: text/plain\r\n\r\n', 'Action: delayed'));
    expect(mail.kind).not.toBe('bounce');
  });

  it('a failure in words alone is one by its sender', async () => {
    const words =
      'The following address failed:\r\n<ana@exemple.fr>\r\n550 5.1.1 unknown\r\nMessage-ID: <t1.aa.bb@x>\r\n';
    const mail = await read({ From: 'Mail Delivery <mailer-daemon@exemple.fr>' }, words);
    expect(mail.bounce).toEqual({ failed_id: 't1.aa.bb', recipient: 'ana@exemple.fr', code: '5.1.1' });
  });
});

describe('what others lose', () => {
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['no charset', {}, 'Caf\xe9\r\n', /^Caf/],
    ['invalid UTF-8', { 'Content-Type': 'text/plain; charset=utf-8' }, 'a\xff\xfeb\r\n', /^a.*b$/],
    ['a NUL byte', {}, 'a\0b\r\n', /^ab$/],
    ['a type that is an encoded word', { 'Content-Type': '=?utf-8?Q?text/plain?=' }, 'Bonjour\r\n', /^Bonjour$/],
    ['an unknown charset', { 'Content-Type': 'text/plain; charset=x-none' }, 'Bonjour\r\n', /^Bonjour$/],
    ['a boundary that never comes', { 'Content-Type': 'multipart/mixed; boundary=q' }, 'Bonjour\r\n', /^/],
    ['a broken transfer encoding', { 'Content-Transfer-Encoding': 'base64' }, '%%%%\r\n', /^/],
  ])('%s', async (_, headers, body, text) => {
    const mail = await read(headers, body);
    expect(mail.kind).toBe('human');
    expect(mail.body).toMatch(text);
    expect(mail.body).not.toContain('\0');
  });

  it('an encoded word broken in the middle of a character', async () => {
    expect(await read({ Subject: '=?utf-8?B?w?= QR' })).toMatchObject({
      kind: 'human',
      from_address: 'ana@exemple.fr',
    });
  });

  it('half a pair of surrogates', async () => {
    const mail = await read({ 'Content-Type': 'text/html' }, '<p>a&#xD83D;b</p>');
    expect(mail.body).not.toMatch(/\p{Surrogate}/u);
  });

  it('no sender, no subject, no words', async () => {
    const bytes = mailBytes({ From: '', Subject: '', To: '', 'Message-ID': '', 'MIME-Version': '1.0' }, '');
    const envelope = JSON.stringify({ to: ['support@aide.exemple.fr'], from: 'Bo@exemple.fr' });
    const { mail } = await readMail(formOf(bytes, { envelope }), own);
    expect(mail).toMatchObject({
      kind: 'human',
      from_address: 'bo@exemple.fr',
      subject: '',
      body: '',
      has_original: true,
    });
    expect(mail.to).toEqual(['support@aide.exemple.fr']);
  });
});

describe('HTML', () => {
  const html = (text: string) => read({ 'Content-Type': 'text/html; charset=utf-8' }, text);

  it('becomes text, without what speaks to a mail program alone', async () => {
    const mail = await html(
      '<html><head><style>p{color:red}</style></head><body><!--[if mso]><p>Outlook</p><![endif]--><p>Bonjour</p>' +
        '<ul><li>un</li></ul><a href="https://exemple.fr/x">voir</a><script>alert(1)</script></body></html>',
    );
    expect(mail.body).toContain('Bonjour');
    expect(mail.body).toContain('voir [https://exemple.fr/x]');
    expect(mail.body).not.toMatch(/Outlook|alert|color/);
    expect(mail.has_original).toBe(false);
  });

  it.each([
    ['of 5,001 links', '<a href="https://exemple.fr/">x</a> '.repeat(5001)],
    ['of 250 divs in each other', `${'<div>'.repeat(250)}${'mot '.repeat(300)}fin${'</div>'.repeat(250)}`],
    ['of 200,000 divs in each other', `${'mot '.repeat(300)}${'<div>'.repeat(200_000)}fin`],
    ['of 2 MB', `<p>${'mot '.repeat(500_000)}</p>`],
  ])('%s is text, and kept as it came', async (_, body) => {
    const before = performance.now();
    const mail = await html(body);
    expect(performance.now() - before).toBeLessThan(3_000);
    if (body.includes('fin')) expect(mail.body).toContain('fin');
    expect(mail.body.length).toBeGreaterThan(1000);
    expect(mail.body.length).toBeLessThanOrEqual(100_000);
    expect(mail.has_original).toBe(true);
  });
});

it.each(['<<<>>>@@', 'undisclosed', ''])('a sender %s is nobody', async (From) => {
  expect((await read({ From })).from_address).toBe('');
});

it('another text under a known Message-ID is another mail', async () => {
  const [one, again, other] = await Promise.all(['Un', 'Un', 'Deux'].map(async (body) => read({}, body)));
  expect(again!.fingerprint).toBe(one!.fingerprint);
  expect(other!.fingerprint).not.toBe(one!.fingerprint);
  expect(other!.message_id).toBe(one!.message_id);
});

it.each([
  ['with a Message-ID', 'Message-ID: <f@exemple.fr>\n'],
  ['without one', ''],
])('a mail %s is told from another by what is in its files', async (_, headers) => {
  const fields = { headers, from: 'ana@exemple.fr', subject: 'Photo', text: 'Voici.' };
  const sent = async (bytes: string) => {
    const files = [{ name: 'photo.png', type: 'image/png', bytes: latin1(bytes) }];
    return (await readMail({ fields, raw: null, files, charsets: {} }, own)).mail;
  };
  const [one, again, other] = await Promise.all([sent('abc'), sent('abc'), sent('xyz')]);
  expect([one.message_id, one.files]).toEqual([headers ? 'f@exemple.fr' : null, [{ name: 'photo.png', size: 3 }]]);
  expect(again.fingerprint).toBe(one.fingerprint);
  expect(other.fingerprint).not.toBe(one.fingerprint);
});

it('12,000 lines of HTML are read to the last', async () => {
  const lines = Array.from({ length: 12_000 }, (_, index) => `l${index}<br>`).join('');
  const mail = await read({ 'Content-Type': 'text/html' }, lines);
  expect(mail.body.match(/l\d+/g)).toHaveLength(12_000);
});

it.each([
  ['no bytes', ''],
  ['bytes that are no text', '\0\x01\x02\xff\xfe'],
])('%s are kept as what cannot be read', async (_, bytes) => {
  const { mail } = await readMail(formOf(latin1(bytes)), own);
  expect(mail).toMatchObject({ kind: 'unreadable', has_original: true, body: '' });
});

describe('hostile mails', () => {
  const nested = Array.from(
    { length: 4000 },
    (_, index) => `Content-Type: multipart/mixed; boundary=b${index}\r\n\r\n--b${index}`,
  );
  it.each([
    ['4,000 parts in each other', mailBytes({ 'MIME-Version': '1.0' }, '').slice(0, -2), nested.join('\r\n')],
    ['18 MB of headers', mailBytes({}, '').slice(0, -2), 'X-Filler: abcdefghijklmnopqrstuvwxyz\r\n'.repeat(500_000)],
  ])('%s are refused at once, and the mail is kept', async (_, head, tail) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const bytes = new Uint8Array([head, new TextEncoder().encode(tail)].reduce((size, part) => size + part.length, 0));
    bytes.set(head);
    bytes.set(new TextEncoder().encode(tail), head.length);
    const before = performance.now();
    const { mail } = await readMail(formOf(bytes, { from: 'Ana <ana@exemple.fr>', subject: 'QR' }), own);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(mail).toMatchObject({
      kind: 'unreadable',
      has_original: true,
      from_address: 'ana@exemple.fr',
      subject: 'QR',
    });
    vi.restoreAllMocks();
  });

  it('4,000 mails in each other are one mail with an attachment', async () => {
    const before = performance.now();
    const body = 'Content-Type: message/rfc822\r\n\r\n'.repeat(4000);
    const { parsed } = await readMail(formOf(mailBytes({ 'Content-Type': 'message/rfc822' }, body)), own);
    expect(parsed?.attachments).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

it('what the provider parsed itself reads the same', async () => {
  const form = {
    fields: {
      headers: 'Message-ID: <a1@exemple.fr>\nIn-Reply-To: <t1.aa.bb@x>\nAuto-Submitted: auto-replied',
      from: 'Ana Morel <Ana@exemple.fr>',
      subject: 'Re: QR Code',
      text: 'Absente.',
      envelope: JSON.stringify({ to: [replyTo], from: 'ana@exemple.fr' }),
    },
    raw: null,
    files: [{ name: 'é.png', type: 'image/png', bytes: new Uint8Array([1]) }],
    charsets: {},
  };
  const { mail, parsed } = await readMail(form, own);
  expect(mail).toMatchObject({
    kind: 'auto_reply',
    message_id: 'a1@exemple.fr',
    from_address: 'ana@exemple.fr',
    subject: 'QR Code',
    to: [replyTo],
    answers: ['t1.aa.bb@x'],
    body: 'Absente.',
  });
  expect(parsed?.attachments).toMatchObject([{ filename: 'é.png', mimeType: 'image/png' }]);
});
