import { crc32, deflateSync } from 'node:zlib';
import type { Random } from './random.ts';

const size = 264;
const module = 8;

/** A QR code that nobody can scan, as a customer photographs it: a grey PNG, another each time. */
export function makePicture(random: Random): Buffer {
  const across = size / module;
  const dark = Array.from({ length: across * across }, (_, index) =>
    isDark(index % across, Math.floor(index / across), across, random.chance(0.5)),
  );
  const rows = Array.from({ length: size }, (_, y) => {
    const line = Buffer.alloc(size + 1, 0xff);
    // The first byte of a line names its filter: none.
    line[0] = 0;
    for (let x = 0; x < size; x += 1)
      if (dark[Math.floor(y / module) * across + Math.floor(x / module)]) line[x + 1] = 0x22;
    return line;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits a pixel, grey.
  header[8] = 8;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Three corners have the squares by which a phone finds the code, with white around. */
function isDark(x: number, y: number, across: number, otherwise: boolean): boolean {
  const [dx, dy] = [Math.min(x, across - 1 - x), Math.min(y, across - 1 - y)];
  if (dx === 0 || dy === 0) return false;
  if (dx > 8 || dy > 8 || (x > across / 2 && y > across / 2)) return otherwise;
  const ring = Math.max(Math.abs(dx - 4), Math.abs(dy - 4));
  return ring === 3 || ring < 2;
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}
