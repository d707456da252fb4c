import type { Attachment, Email } from 'postal-mime';

export interface MailFile {
  name: string;
  bytes: Uint8Array;
}

/** Names of parts that have none. */
const names: Record<string, string> = {
  'message/rfc822': 'message.eml',
  'text/calendar': 'invitation.ics',
  'application/ms-tnef': 'winmail.dat',
};

const bytesOf = ({ content }: Attachment): Uint8Array =>
  typeof content === 'string'
    ? new TextEncoder().encode(content)
    : content instanceof Uint8Array
      ? content
      : new Uint8Array(content);

function nameOf({ filename, mimeType }: Attachment): string {
  const named = filename?.trim();
  if (named) return named;
  const known = names[mimeType];
  if (known) return known;
  const [kind = 'file', type = ''] = mimeType.split('/');
  return kind === 'image' && /^[a-z]{1,8}$/.test(type) ? `image.${type}` : 'file';
}

/** What came with a mail, in its order. */
export const filesOf = (mail: Email): MailFile[] =>
  mail.attachments.map((part) => ({ name: nameOf(part), bytes: bytesOf(part) }));

/** Outlook's own envelope, which nothing else opens: its text came beside it. */
export const isWinmail = ({ name }: MailFile): boolean => /^winmail\.dat$/i.test(name);

/** When invitations are, as they say it themselves: day and time where they were written. */
export function invitationsOf(mail: Email): string[] {
  return mail.attachments
    .filter(({ mimeType }) => mimeType === 'text/calendar')
    .flatMap((part) => {
      // Lines are folded after 75 bytes; what a date is made of is ASCII in every encoding there is.
      const text = new TextDecoder('latin1').decode(bytesOf(part)).replace(/\r?\n[ \t]/g, '');
      const event = /^BEGIN:VEVENT\s*$([\s\S]*?)^END:VEVENT/m.exec(text)?.[1] ?? '';
      const start = /^DTSTART([^:\n]*):(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?\s*$/m.exec(event);
      if (!start) return ['Invitation'];
      const [, , year, month, day, hour, minute, utc] = start;
      const time = hour === undefined ? '' : ` ${hour}:${minute}${utc ? ' UTC' : ''}`;
      return [`Invitation, ${day}/${month}/${year}${time}`];
    });
}
