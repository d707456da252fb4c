import { describe, expect, it } from 'vitest';
import { formOf, mailBytes } from './mails.testing.ts';
import { filesOf, invitationsOf, isWinmail } from './files.ts';
import { readMail } from './read-mail.ts';

async function read(...parts: string[]) {
  const body = `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
  const raw = mailBytes({ 'Content-Type': 'multipart/mixed; boundary=b' }, body);
  const { mail, parsed } = await readMail(formOf(raw), []);
  return { mail, parsed: parsed! };
}
const words = 'Content-Type: text/plain\r\n\r\nBonjour';
const file = (disposition: string, type = 'application/octet-stream') =>
  `Content-Type: ${type}\r\nContent-Disposition: attachment; ${disposition}\r\n` +
  'Content-Transfer-Encoding: base64\r\n\r\nYWJj';

describe('files of a mail', () => {
  it.each([
    ["filename*=us-ascii''%C3%A9t%E9-W%F6lbung.jpg", /lbung\.jpg$/],
    ["filename*=iso-8859-1''W%F6lbung.jpg", /^Wölbung\.jpg$/],
    ['filename="=?utf-8?B?w6k=?=.png"', /^é\.png$/],
    ['filename="=?utf-8?B?w?=.png"', /png/],
    ['', /^file$/],
  ])('are named, with %s', async (disposition, name) => {
    const { mail, parsed } = await read(words, file(disposition));
    expect(mail).toMatchObject({ kind: 'human', body: 'Bonjour' });
    expect(filesOf(parsed).map((one) => one.name)).toEqual([expect.stringMatching(name)]);
  });

  it('winmail.dat is kept, and known as what it is', async () => {
    const { mail, parsed } = await read(words, file('filename="winmail.dat"', 'application/ms-tnef'));
    expect(filesOf(parsed).map(isWinmail)).toEqual([true]);
    expect(mail.notices).toEqual(['winmail']);
  });

  it('more or larger ones than a ticket takes keep the mail as it came', async () => {
    const many = await read(words, ...Array.from({ length: 11 }, (_, index) => file(`filename="${index}.txt"`)));
    expect(many.mail.files).toHaveLength(11);
    expect(many.mail.has_original).toBe(true);
    expect((await read(words, file('filename="a.txt"'))).mail).toMatchObject({
      files: [{ name: 'a.txt', size: 3 }],
      has_original: false,
    });
  });
});

describe('an invitation', () => {
  const calendar = (start: string) =>
    [
      'Content-Type: text/calendar; charset=windows-1252; method=REQUEST\r\n',
      'BEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:Romance Standard Time',
      'BEGIN:STANDARD',
      'DTSTART:16010101T030000',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'SUMMARY:R\xe9union',
      start,
      'END:VEVENT',
      'END:VCALENDAR',
    ].join('\r\n');

  it.each([
    ['DTSTART;TZID=Romance Standard Time:20260302T140000', 'Invitation, 02/03/2026 14:00'],
    ['DTSTART;TZID="Romance\r\n  Standard Time":20260302T140000', 'Invitation, 02/03/2026 14:00'],
    ['DTSTART:20260302T130000Z', 'Invitation, 02/03/2026 13:00 UTC'],
    ['DTSTART;VALUE=DATE:20260302', 'Invitation, 02/03/2026'],
    ['DTSTART:soon', 'Invitation'],
  ])('%j is a line of the message, and a file', async (start, line) => {
    const { mail, parsed } = await read(words, calendar(start));
    expect(invitationsOf(parsed)).toEqual([line]);
    expect(mail.body).toBe(`Bonjour\n\n${line}`);
    expect(mail.files.map(({ name }) => name)).toEqual(['invitation.ics']);
  });
});
