import type { PDFFont } from 'pdf-lib';

/** What the standard fonts of every reader hold beyond Latin-1: Windows-1252. */
const beyondLatin1 = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ';
/** Letters that Unicode does not take apart. */
const plain: Record<string, string> = { Ł: 'L', ł: 'l', Đ: 'D', đ: 'd', ı: 'i', İ: 'I', '−': '-', '‑': '-', '‐': '-' };
const isHeld = (character: string) => /[\x20-\x7E\xA0-\xFF]/.test(character) || beyondLatin1.includes(character);

/**
 * The text in letters that the fonts hold: “Łódź” becomes “Lódz”, what has no likeness “?”. The narrow space of French
 * amounts becomes the wide one, so that `12 450,50 €` is one piece.
 */
export function toHeldText(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => {
    if (/[\u202F\u2007\u2009]/.test(character)) return '\u00A0';
    if (/\s/.test(character) && character !== '\u00A0') return ' ';
    if (isHeld(character)) return character;
    const bare = plain[character] ?? character.normalize('NFD').replace(/\p{M}/gu, '');
    return bare !== '' && Array.from(bare).every(isHeld) ? bare : /\p{M}|\uFE0F|\u200D/u.test(character) ? '' : '?';
  }).join('');
}

/** The text cut so that it is no wider, with “…” where it was. */
export function fit(text: string, font: PDFFont, size: number, width: number): string {
  const held = toHeldText(text);
  if (font.widthOfTextAtSize(held, size) <= width) return held;
  let end = held.length;
  while (end > 0 && font.widthOfTextAtSize(`${held.slice(0, end)}…`, size) > width) end -= 1;
  return `${held.slice(0, end)}…`;
}
