export const replyTo = 'support+t1245.0123456789abcdef@aide.exemple.fr';

/** A mail as bytes: headers in order, CRLF, each character its byte. */
export function mailBytes(headers: Record<string, string>, body = 'Toujours pas.\r\n'): Uint8Array {
  const given = {
    From: 'Ana Morel <Ana@Exemple.fr>',
    To: replyTo,
    Subject: 'Re: QR Code [#1245]',
    'Message-ID': '<a1@exemple.fr>',
    ...headers,
  };
  const lines = Object.entries(given)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return latin1(`${lines.join('')}\r\n${body}`);
}

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);

export const formOf = (raw: Uint8Array, fields: Record<string, string> = {}) => ({
  fields,
  raw,
  files: [],
  charsets: {},
});

/** The body that Inbound Parse posts in its raw mode, and the type that names its boundary. */
export function postOf(fields: Record<string, string | Uint8Array>): { body: Uint8Array; type: string } {
  const boundary = 'xYzZY';
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    latin1(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
    typeof value === 'string' ? new TextEncoder().encode(value) : value,
    latin1('\r\n'),
  ]);
  const all = [...parts, latin1(`--${boundary}--\r\n`)];
  const body = new Uint8Array(all.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of all) {
    body.set(part, offset);
    offset += part.length;
  }
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}
