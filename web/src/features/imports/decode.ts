import type { Encoding } from './types.ts';

export type Detected = { kind: 'text'; encoding: Encoding } | { kind: 'binary' } | { kind: 'spreadsheet' };

const startsWith = (bytes: Uint8Array, ...prefix: number[]) => prefix.every((byte, index) => bytes[index] === byte);

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** UTF-16 without a byte order mark: in Latin text one byte of every pair is zero, always the same one. */
function utf16Order(bytes: Uint8Array): Encoding | null {
  const pairs = Math.min(bytes.length, 4_096) >> 1;
  let even = 0;
  let odd = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (bytes[2 * pair] === 0) even += 1;
    if (bytes[2 * pair + 1] === 0) odd += 1;
  }
  if (odd > pairs * 0.6 && even < pairs * 0.05) return 'utf-16le';
  return even > pairs * 0.6 && odd < pairs * 0.05 ? 'utf-16be' : null;
}

/** Zip (XLSX, ODS) and the old Excel container. */
const isSpreadsheet = (bytes: Uint8Array) =>
  startsWith(bytes, 0x50, 0x4b, 0x03, 0x04) || startsWith(bytes, 0xd0, 0xcf, 0x11, 0xe0);

const CONTROL_SHARE = 0.01;
function hasManyControls(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 65_536);
  const controls = sample.reduce((count, byte) => count + (byte < 0x09 || (byte > 0x0d && byte < 0x20) ? 1 : 0), 0);
  return controls > sample.length * CONTROL_SHARE;
}

/** What the bytes are. Windows-1252 is what remains: any bytes are valid in it. */
export function detectEncoding(bytes: Uint8Array): Detected {
  if (startsWith(bytes, 0xef, 0xbb, 0xbf)) return { kind: 'text', encoding: 'utf-8' };
  if (startsWith(bytes, 0xff, 0xfe)) return { kind: 'text', encoding: 'utf-16le' };
  if (startsWith(bytes, 0xfe, 0xff)) return { kind: 'text', encoding: 'utf-16be' };
  if (isSpreadsheet(bytes)) return { kind: 'spreadsheet' };
  if (bytes.includes(0)) {
    const encoding = utf16Order(bytes);
    return encoding ? { kind: 'text', encoding } : { kind: 'binary' };
  }
  if (startsWith(bytes, 0x25, 0x50, 0x44, 0x46) || hasManyControls(bytes)) return { kind: 'binary' };
  return { kind: 'text', encoding: isUtf8(bytes) ? 'utf-8' : 'windows-1252' };
}

/** Text with `\n` line ends only. PostgreSQL takes no zero character, so it is dropped. */
export function decode(bytes: Uint8Array, encoding: Encoding): { text: string; damaged: boolean } {
  const text = new TextDecoder(encoding).decode(bytes);
  return { text: text.replace(/\r\n?/g, '\n').replaceAll('\0', ''), damaged: text.includes('\uFFFD') };
}
