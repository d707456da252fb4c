import { inflateRawSync } from 'node:zlib';

/** The parts of a ZIP archive as text, by name. */
export function unzip(archive: Buffer): Map<string, string> {
  const parts = new Map<string, string>();
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006'));
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [size, nameLength, extra, comment, local] = [
      archive.readUInt32LE(at + 20),
      archive.readUInt16LE(at + 28),
      archive.readUInt16LE(at + 30),
      archive.readUInt16LE(at + 32),
      archive.readUInt32LE(at + 42),
    ];
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = archive.subarray(start, start + size);
    parts.set(
      archive.toString('utf8', at + 46, at + 46 + nameLength),
      (archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data).toString('utf8'),
    );
    at += 46 + nameLength + extra + comment;
  }
  return parts;
}
