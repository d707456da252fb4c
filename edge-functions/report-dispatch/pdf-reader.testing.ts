import { decodePDFRawStream, PDFDocument, PDFName, PDFRawStream, PDFArray } from 'pdf-lib';

/** Node's own decoder takes it for Latin-1 up to version 22. */
const upper = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8DŽ\x8F\x90‘’“”•–—˜™š›œ\x9DžŸ';
const decode1252 = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => (byte >= 0x80 && byte < 0xa0 ? upper[byte - 0x80]! : String.fromCharCode(byte))).join('');

/** What a reader of the PDF finds, page by page, in the order of reading. */
export async function readPdf(
  bytes: Uint8Array,
): Promise<{ title: string | undefined; language: string; pages: string[] }> {
  const pdf = await PDFDocument.load(bytes, { updateMetadata: false });
  const latin = new TextDecoder('latin1');
  const pages = pdf.getPages().map((page) => {
    const contents = page.node.Contents();
    const streams =
      contents instanceof PDFArray ? contents.asArray().map((each) => pdf.context.lookup(each)) : [contents];
    const program = streams
      .map((stream) => (stream instanceof PDFRawStream ? latin.decode(decodePDFRawStream(stream).decode()) : ''))
      .join('\n');
    return [...program.matchAll(/<([0-9A-F]*)> Tj/g)].map(([, hex]) => decode1252(Buffer.from(hex!, 'hex'))).join('\n');
  });
  const language = pdf.catalog.get(PDFName.of('Lang'));
  return { title: pdf.getTitle(), language: String(language), pages };
}
