import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ownProject } from './config.ts';
import { mailKinds, readTemplate, renderTemplate, textOf } from './mail-templates.ts';
import { parseProject } from './project.ts';

const folder = mkdtempSync(join(tmpdir(), 'home-templates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (text: string) => {
  const path = join(folder, `${crypto.randomUUID()}.html`);
  writeFileSync(path, text);
  return path;
};

describe("the project's mails", () => {
  const { auth } = parseProject(join(ownProject, 'config.toml'));

  test('every kind has its words in French and English', () => {
    for (const kind of mailKinds) {
      const { subject, html } = auth.mails[kind];
      expect(html, kind).toBe(readFileSync(join(ownProject, 'templates', `${kind}.html`), 'utf8'));
      expect(html.match(/<section lang="(fr|en)">/g), kind).toHaveLength(2);
      expect(subject, kind).toContain(' / ');
    }
  });

  test('no link is used up by what opens it: all lead to the page with the button', () => {
    const types = { invite: 'invite', recovery: 'recovery', magic_link: 'magiclink', confirmation: 'signup' };
    for (const [kind, type] of Object.entries({ ...types, email_change: 'email_change' })) {
      const { html } = auth.mails[kind as 'invite'];
      const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
      const wanted = `{{ .SiteURL }}/login/confirm?token_hash={{ .TokenHash }}&amp;type=${type}`;
      expect(links, kind).toEqual([wanted, wanted]);
    }
  });

  test('they say how long their links and codes live', () => {
    expect([auth.otpExpiry, auth.otpLength]).toEqual([3_600, 10]);
    for (const kind of mailKinds) {
      expect(auth.mails[kind].html.replace(/\s+/g, ' '), kind).toContain('une seule fois et reste valable une heure');
      expect(auth.mails[kind].html.replace(/\s+/g, ' '), kind).toContain('works once and stays valid for one hour');
    }
  });
});

describe('renderTemplate()', () => {
  test.each([
    ['text', '<p>{{ .Email }}</p>', '<p>a&#38;b&#60;i&#62;@x.test</p>'],
    ['the query of a link', '<a href="/x?e={{ .Email }}&amp;t=1">', '<a href="/x?e=a%26b%3Ci%3E%40x.test&amp;t=1">'],
    ['the beginning of a link', '<a href="{{ .SiteURL }}/login">', '<a href="https://c.test/login">'],
    ["a person's data", '{{ .Data.name }} {{ .Data.age }}', 'Ada 36'],
    ['what is not there', '[{{ .Token }}{{ .Data.none }}]', '[]'],
    ['tight braces', '{{.SiteURL}}|{{- .SiteURL -}}', 'https://c.test|https://c.test'],
  ])('puts a value into %s', (_, template, expected) => {
    const values = { Email: 'a&b<i>@x.test', SiteURL: 'https://c.test', Data: { name: 'Ada', age: 36 } };
    expect(renderTemplate(template, values)).toBe(expected);
  });
});

test('textOf() keeps words, links and languages apart', () => {
  const html =
    '<html><head><style>p { color: red }</style></head><body><p>L’un &amp; l’autre</p><hr />' +
    '<p><a class="b" href="https://c.test/?a=1&amp;b=2">\n  Open\n</a></p></body></html>';
  expect(textOf(html)).toBe('L’un & l’autre\n\n---\n\nOpen: https://c.test/?a=1&b=2');
});

describe('readTemplate()', () => {
  test('refuses what the home cannot render, and names it', () => {
    const path = file('{{ if .Data.x }}yes{{ end }}');
    expect(() => readTemplate(path, 'invite')).toThrow(`${path}: the embedded home cannot render {{ if .Data.x }}`);
  });

  test('names the file that is not there', () => {
    expect(() => readTemplate(join(folder, 'none.html'), 'recovery')).toThrow('for auth.email.template.recovery');
  });

  test('of a project in a folder of another name: content_path still begins with supabase/', () => {
    writeFileSync(join(folder, 'invite.html'), '<p>{{ .Token }}</p>');
    writeFileSync(
      join(folder, 'config.toml'),
      '[auth.email.template.invite]\nsubject = "Hello"\ncontent_path = "./supabase/invite.html"\n',
    );
    const { mails } = parseProject(join(folder, 'config.toml')).auth;
    expect(mails.invite).toEqual({ subject: 'Hello', html: '<p>{{ .Token }}</p>' });
    expect(mails.recovery.html).toContain('{{ .ConfirmationURL }}');
  });

  test.each([5, 11, 7.5])('otp_length = %s is refused', (digits) => {
    const path = join(folder, 'length.toml');
    writeFileSync(path, `[auth.email]\notp_length = ${digits}\n`);
    expect(() => parseProject(path)).toThrow('otp_length must be from 6 to 10');
  });
});
