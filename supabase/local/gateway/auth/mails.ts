import { type MailKind, renderTemplate, textOf } from '../../mail-templates.ts';
import type { Mail } from '../context.ts';
import { actionLink, safeRedirect } from './redirects.ts';
import type { AuthDeps } from './types.ts';

interface Occasion {
  email: string;
  otp: string;
  hash: string;
  data: Record<string, unknown>;
  redirectTo?: string | undefined;
}

const linkTypes: Partial<Record<MailKind, string>> = { magic_link: 'magiclink', confirmation: 'signup' };

/** A mail by the project's own template, with the variables GoTrue gives it. */
export function renderMail(deps: Pick<AuthDeps, 'config' | 'apiUrl'>, kind: MailKind, occasion: Occasion): Mail {
  const { email, otp, hash, data, redirectTo } = occasion;
  const { siteUrl, mails } = deps.config;
  const values = {
    SiteURL: siteUrl,
    ConfirmationURL: actionLink(deps, hash, linkTypes[kind] ?? kind, redirectTo),
    Email: email,
    Token: otp,
    TokenHash: hash,
    Data: data,
    RedirectTo: safeRedirect(deps.config, redirectTo),
  };
  const html = renderTemplate(mails[kind].html, values);
  // A subject is no HTML: what was escaped for it is read back.
  return { to: email, subject: textOf(renderTemplate(mails[kind].subject, values)), html, text: textOf(html) };
}
