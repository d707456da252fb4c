import planer from 'planer';

/** Longer texts are shown whole: the patterns are those of a library, and the text is anybody's. */
const splitAtMost = 200_000;
/** The library drops what stands behind its thousandth line: longer texts fold at the heads known here alone. */
const linesAtMost = 999;

/** The heads of repeated mails that the library does not know: names in bold, and lines it leaves behind. */
const heads = [
  /^\*?(?:De|From)\s?:\*?[^\n]*\n(?:[^\n]*\n){0,2}?\*?(?:Envoyé|Sent|Date)\s?:/m,
  /^-{2,}\s?(?:Message d['’]origine|Message original|Original Message)\s?-{2,}\s*$/im,
];
/** Who forwards a mail means what he forwards. */
const forwarded =
  /^-{2,}\s?(?:Forwarded message|Message transféré|Message réexpédié)\s?-{2,}|^Begin forwarded message/im;

function visibleLength(text: string): number {
  if (text.length > splitAtMost || forwarded.test(text)) return text.length;
  const isShort = text.split('\n', linesAtMost + 1).length <= linesAtMost;
  const visible = isShort ? planer.extractFrom(text, 'text/plain').trimEnd() : text;
  // What stands among the repeated lines, or was altered on the way, is no end that could be folded.
  const ends = text.startsWith(visible) ? [visible.length] : [];
  for (const head of heads) {
    const at = head.exec(text)?.index;
    if (at !== undefined) ends.push(at);
  }
  return Math.min(text.length, ...ends);
}

/**
 * Parts what a mail says from what it repeats at its end. Both together are the whole text but for blank lines between;
 * a mail that says nothing else is not folded at all.
 */
export function splitQuoted(given: string): { body: string; quoted: string | null } {
  const text = given.replace(/\r\n?/g, '\n').trim();
  const body = text.slice(0, visibleLength(text)).trimEnd();
  const quoted = text.slice(body.length).trim();
  if (!body || !quoted) return { body: text, quoted: null };
  return { body, quoted };
}
