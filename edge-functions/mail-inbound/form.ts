import { MultipartParseError, parseMultipart } from '@remix-run/multipart-parser';
import { invalidInput } from '../_shared/errors.ts';

/** What the provider posts: its words about the mail, and the mail as it came when it is set to. */
export interface InboundForm {
  fields: Record<string, string>;
  raw: Uint8Array | null;
  files: { name: string; type: string; bytes: Uint8Array }[];
  charsets: Record<string, string>;
}

const decoded = (bytes: Uint8Array, charset = 'utf-8'): string => {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
};

function readCharsets(field: Uint8Array | undefined): Record<string, string> {
  try {
    const value: unknown = JSON.parse(decoded(field ?? new Uint8Array()));
    const pairs = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(pairs.map(([name, charset]) => [name, String(charset)]));
  } catch {
    return {};
  }
}

/**
 * A `multipart/form-data` body, read as bytes: a mail is of any encoding, and a form's own reader would take it for
 * UTF-8. Throws `invalid_input` for what is no such form.
 */
export function readForm(body: Uint8Array, contentType: string): InboundForm {
  const boundary = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  if (!boundary) throw invalidInput('A multipart/form-data body is expected');
  const parts = new Map<string, Uint8Array>();
  const files: InboundForm['files'] = [];
  try {
    const limits = { maxHeaderSize: 64 * 1024, maxFileSize: body.length, maxTotalSize: body.length, maxParts: 1000 };
    for (const part of parseMultipart(body, { boundary: (boundary[1] ?? boundary[2])!, ...limits })) {
      if (part.filename === undefined || part.name === 'email') parts.set(part.name ?? '', part.bytes);
      else files.push({ name: part.filename, type: part.mediaType ?? '', bytes: part.bytes });
    }
  } catch (error) {
    if (error instanceof MultipartParseError) throw invalidInput(`The form cannot be read: ${error.message}`);
    throw error;
  }
  const charsets = readCharsets(parts.get('charsets'));
  const raw = parts.get('email') ?? null;
  parts.delete('email');
  const fields = Object.fromEntries([...parts].map(([name, bytes]) => [name, decoded(bytes, charsets[name])]));
  return { fields, raw, files, charsets };
}
