import type { AuthConfig } from '../../project.ts';
import type { AuthDeps } from './types.ts';

/** The wanted address when it is the site's or on the allow list, else the site's. A stranger never gets a token. */
export function safeRedirect(config: AuthConfig, wanted: string | null | undefined): string {
  if (!wanted) return config.siteUrl;
  let url: URL;
  try {
    url = new URL(wanted);
  } catch {
    return config.siteUrl;
  }
  const site = new URL(config.siteUrl);
  const isSite = url.protocol === site.protocol && url.host === site.host && !url.username && !url.password;
  return isSite || config.redirectUrls.some((pattern) => globToRegExp(pattern).test(wanted)) ? wanted : config.siteUrl;
}

/** Globs as gobwas/glob reads them in GoTrue: `*` and `?` stop at "." and "/", `**` does not. */
function globToRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
    .replace(/\*\*|\*|\?/g, (wildcard) => (wildcard === '**' ? '.*' : wildcard === '*' ? '[^./]*' : '[^./]'));
  return new RegExp(`^${source}$`);
}

export function actionLink(
  deps: Pick<AuthDeps, 'config' | 'apiUrl'>,
  hash: string,
  type: string,
  redirectTo: string | undefined,
): string {
  const query = new URLSearchParams({ token: hash, type, redirect_to: safeRedirect(deps.config, redirectTo) });
  return `${deps.apiUrl}/auth/v1/verify?${query.toString()}`;
}

export function withFragment(address: string, values: Record<string, string | number>): string {
  const url = new URL(address);
  url.hash = new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])).toString();
  return url.toString();
}

/** Errors travel in the query too, for pages that cannot read the fragment. */
export function withError(address: string, code: string, description: string): string {
  const url = new URL(address);
  const values = { error: 'access_denied', error_code: code, error_description: description };
  for (const [key, value] of Object.entries(values)) url.searchParams.set(key, value);
  url.hash = new URLSearchParams(values).toString();
  return url.toString();
}
