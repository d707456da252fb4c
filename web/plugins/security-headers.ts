import type { Plugin } from 'vite';
/** The one list of headers, in which the addresses of the API are named `%API%` and `%API_SOCKET%`. */
import deployed from '../headers.json' with { type: 'json' };

type Rules = Record<string, Record<string, string | string[]>>;

function addressesOf(apiUrl: string): Record<string, string> {
  const { origin, host, protocol } = new URL(apiUrl);
  return { '%API%': origin, '%API_SOCKET%': `${protocol === 'https:' ? 'wss' : 'ws'}://${host}` };
}

const fill = (text: string, addresses: Record<string, string>) =>
  Object.entries(addresses).reduce((filled, [name, value]) => filled.replaceAll(name, value), text);

/** As Netlify, Cloudflare Pages and others read it: a path, and below it, indented, its headers. */
export function headersFile(apiUrl: string, rules: Rules = deployed): string {
  const addresses = addressesOf(apiUrl);
  const lines = Object.entries(rules).flatMap(([path, headers]) => [
    path,
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${[value].flat().join('; ')}`),
  ]);
  return `${fill(lines.join('\n'), addresses)}\n`;
}

/** For hosts that set no headers. A page cannot forbid by itself that it is framed. */
export function metaPolicy(apiUrl: string, isDevelopment: boolean): string {
  const directives = deployed['/*']['Content-Security-Policy'];
  const inMeta = directives.filter((directive) => !directive.startsWith('frame-ancestors'));
  // The dev server injects inline scripts and its own socket; a build has neither.
  const extra: Record<string, string> = { 'script-src': " 'unsafe-inline'", 'connect-src': ' ws:' };
  const allowed = inMeta.map((one) => one + ((isDevelopment && extra[one.split(' ')[0]!]) || ''));
  return fill(allowed.join('; '), addressesOf(apiUrl));
}

/** The policy goes into the page, all headers into `_headers` beside it; the API is known only when a build starts. */
export function securityHeaders(apiUrl: string): Plugin {
  return {
    name: 'security-headers',
    transformIndexHtml: (html, { server }) =>
      html.replace('%CONTENT_SECURITY_POLICY%', metaPolicy(apiUrl, server !== undefined)),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile(apiUrl) });
    },
  };
}
