import MarkdownIt from 'markdown-it';
import type { Locale } from '../../supabase/contracts/constants/staff.ts';
import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';
import { businessTimeZone, formatDay, formatMoment } from '../_shared/days.ts';
import { formatMoney } from '../_shared/money.ts';
import type { Content, MailData, MailTemplate, Writing } from './content.ts';

/** What staff write, as the console shows it: no HTML of theirs, no pictures from elsewhere. */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image');
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const style = (rules: Record<string, string>) =>
  Object.entries(rules)
    .map(([property, value]) => `${property}:${value}`)
    .join(';');

/** Mail programs read little CSS, and none of it outside the elements. */
const styles = {
  body: style({ margin: '0', background: '#f8fafc', font: '16px/1.5 system-ui,sans-serif', color: '#0f172a' }),
  sheet: style({
    'max-width': '560px',
    margin: '32px auto',
    padding: '32px',
    background: '#fff',
    border: '1px solid #e2e8f0',
    'border-radius': '12px',
  }),
  code: style({
    padding: '16px',
    background: '#eef2ff',
    'border-radius': '8px',
    font: '600 18px ui-monospace,monospace',
    'text-align': 'center',
    'letter-spacing': '.02em',
  }),
  link: style({
    display: 'inline-block',
    padding: '10px 18px',
    background: '#4f46e5',
    'border-radius': '8px',
    color: '#fff',
    'text-decoration': 'none',
  }),
  signature: style({ color: '#64748b' }),
  quoted: style({ margin: '0 0 16px', 'padding-left': '12px', 'border-left': '3px solid #e2e8f0', color: '#64748b' }),
};

const signature = 'WhatAutosys';
const colon: Record<Locale, string> = { fr: '\u00a0: ', en: ': ' };

const quote = (text: string) =>
  text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');

function toText({ paragraphs, message, code, link, closing, history = [] }: Content, locale: Locale): string {
  return [
    ...paragraphs,
    ...(message ? [message] : []),
    ...(code ? [`    ${code}`] : []),
    ...(link ? [`${link.label}${colon[locale]}${link.url}`] : []),
    closing,
    signature,
    ...history.map(({ head, text }) => `${head}\n${quote(text)}`),
  ].join('\n\n');
}

function toHtml({ paragraphs, message, code, link, closing, history = [] }: Content, locale: Locale): string {
  const paragraph = (inner: string, rules?: string) => `<p${rules ? ` style="${rules}"` : ''}>${inner}</p>`;
  const body = [
    ...paragraphs.map((text) => paragraph(escapeHtml(text))),
    ...(message ? [markdown.render(message)] : []),
    ...(code ? [paragraph(escapeHtml(code), styles.code)] : []),
    ...(link
      ? [paragraph(`<a href="${escapeHtml(link.url)}" style="${styles.link}">${escapeHtml(link.label)}</a>`)]
      : []),
    paragraph(escapeHtml(closing)),
    paragraph(signature, styles.signature),
    ...history.map(
      ({ head, text }) =>
        `<p style="${styles.signature}">${escapeHtml(head)}</p>` +
        `<blockquote style="${styles.quoted}">${escapeHtml(text).replaceAll('\n', '<br>')}</blockquote>`,
    ),
  ];
  return `<!doctype html><html lang="${locale}"><body style="${styles.body}">
<div style="${styles.sheet}">
${body.join('\n')}
</div></body></html>`;
}

/** All that is words: the key and the address of a link stay as they are. */
function spaced(content: Content, locale: Locale): Content {
  if (locale !== 'fr') return content;
  const { link } = content;
  return {
    ...content,
    subject: frenchSpaces(content.subject),
    paragraphs: content.paragraphs.map(frenchSpaces),
    ...(link ? { link: { ...link, label: frenchSpaces(link.label) } } : {}),
    closing: frenchSpaces(content.closing),
    ...(content.history
      ? { history: content.history.map(({ head, text }) => ({ head: frenchSpaces(head), text })) }
      : {}),
  };
}

/** Subject, text and HTML of a mail. Throws when the data lack what the template writes. */
export function renderMail(
  template: MailTemplate,
  locale: Locale,
  data: MailData,
): { subject: string; text: string; html: string } {
  const writing: Writing = {
    day: (instant) => formatDay(locale, instant ?? '', data.time_zone ?? businessTimeZone),
    moment: (instant) => formatMoment(locale, instant ?? '', data.time_zone ?? businessTimeZone),
    amount: () => formatMoney(locale, data.amount_cents ?? Number.NaN, data.currency ?? ''),
  };
  const content = spaced(template[locale](data, writing), locale);
  return { subject: content.subject, text: toText(content, locale), html: toHtml(content, locale) };
}
