import { existsSync, readFileSync } from 'node:fs';
import { HomeError } from './errors.ts';

/** The mails of Auth, as `[auth.email.template.<kind>]` names them. */
export const mailKinds = [
  'invite',
  'confirmation',
  'recovery',
  'magic_link',
  'email_change',
  'reauthentication',
] as const;
export type MailKind = (typeof mailKinds)[number];

export interface MailTemplate {
  subject: string;
  html: string;
}

export type MailValues = Partial<
  Record<'SiteURL' | 'ConfirmationURL' | 'Email' | 'NewEmail' | 'Token' | 'TokenHash' | 'RedirectTo', string>
> & { Data?: Record<string, unknown> };

const link = (words: string) => `<p><a href="{{ .ConfirmationURL }}">${words}</a></p>`;

/** What a project gets that brings no words of its own. */
export const plainTemplates: Record<MailKind, MailTemplate> = {
  invite: { subject: 'Invitation', html: link('Accept the invitation') },
  confirmation: { subject: 'Confirm your address', html: link('Confirm the address') },
  recovery: { subject: 'Reset your password', html: link('Choose a new password') },
  magic_link: { subject: 'Sign in', html: link('Sign in') },
  email_change: { subject: 'Confirm your new address', html: link('Confirm {{ .NewEmail }}') },
  reauthentication: { subject: '{{ .Token }} is your code', html: '<p>{{ .Token }}</p>' },
};

const action = /\{\{-?\s*(.*?)\s*-?\}\}/gs;
const variable =
  /^\.(SiteURL|ConfirmationURL|Email|NewEmail|SendingTo|Token|TokenHash|RedirectTo|Data(?:\.[A-Za-z_]\w*)?)$/;

/** Reads a template of Auth. The home knows its variables, and refuses the rest of Go's templates, unmailed. */
export function readTemplate(file: string, kind: MailKind): string {
  if (!existsSync(file))
    throw new HomeError('BAD_CONFIG', `supabase/config.toml: no file ${file} for auth.email.template.${kind}`);
  const html = readFileSync(file, 'utf8');
  const unknown = [...html.matchAll(action)].find(([, inside]) => !variable.test(inside!));
  if (unknown) throw new HomeError('BAD_CONFIG', `${file}: the embedded home cannot render ${unknown[0]}`);
  return html;
}

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const isInQuery = (before: string) => /\shref="[^"]*\?[^"]*$/.test(before);

/** As Go's html/template: a value is text where text stands, and percent-encoded in the query of a link. */
export function renderTemplate(template: string, values: MailValues): string {
  return template.replaceAll(action, (_, inside: string, at: number) => {
    const [name, field] = inside.slice(1).split('.') as [string, string | undefined];
    const found = (values as Record<string, unknown>)[name];
    const value = field ? (found as Record<string, unknown> | undefined)?.[field] : found;
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    return isInQuery(template.slice(0, at)) ? encodeURIComponent(text) : escape(text);
  });
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', mdash: '—' };

/** The words of a mail, its links written out, for readers without HTML. */
export function textOf(html: string): string {
  return html
    .replace(/<(head|style)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<a\b[^>]*\bhref="([^"]*)"[^>]*>\s*([\s\S]*?)\s*<\/a>/gi, '$2: $1')
    .replace(/\s+/g, ' ')
    .replace(/<\/(p|h1|h2|section|main)>/gi, '\n\n')
    .replace(/<hr\b[^>]*>/gi, '---\n\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#\d+|[a-z]+);/gi, (whole, name: string) =>
      name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : (entities[name.toLowerCase()] ?? whole),
    )
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
