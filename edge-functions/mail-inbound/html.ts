import { convert } from 'html-to-text';

/** As much as is read: the rest stays in the mail as it came. */
const htmlAtMost = 1024 * 1024;

/** More is no mail somebody wrote, and the reader of HTML would take too long over it. */
const tagsAtMost = 60_000;
const depthAtMost = 150;

const empty = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** What ends by itself where these begin. */
const implied: Record<string, string[]> = {
  p: ['p'],
  li: ['li'],
  option: ['option'],
  dt: ['dt', 'dd'],
  dd: ['dt', 'dd'],
  td: ['td', 'th'],
  th: ['td', 'th'],
  tr: ['tr', 'td', 'th'],
};

/** Whether a mail is as deep and has as many tags as can be read; in one pass. */
function isReadable(html: string): boolean {
  const open: string[] = [];
  let count = 0;
  for (const [, slash, given] of html.matchAll(/<(\/?)([a-z][a-z0-9]{0,20})/gi)) {
    const name = given!.toLowerCase();
    count += 1;
    if (slash) {
      const at = open.lastIndexOf(name);
      if (at >= 0) open.length = at;
    } else if (!empty.has(name)) {
      while (implied[name]?.includes(open.at(-1) ?? '')) open.pop();
      open.push(name);
    }
    if (open.length > depthAtMost || count > tagsAtMost) return false;
  }
  return true;
}

/** The words between the tags, in one pass, for what is not read as HTML. */
function stripTags(html: string): string {
  const words: string[] = [];
  let at = 0;
  while (at < html.length) {
    const start = html.indexOf('<', at);
    words.push(html.slice(at, start < 0 ? undefined : start));
    if (start < 0) break;
    const hidden = /^<(script|style|title)\b/i.exec(html.slice(start, start + 10))?.[1];
    const closing = html.startsWith('<!--', start) ? /-->/g : new RegExp(hidden ? `</${hidden}[^>]{0,20}>` : '>', 'gi');
    closing.lastIndex = start;
    if (!closing.test(html)) break;
    at = closing.lastIndex;
    words.push(/^<(?:br|\/?(?:p|div|tr|li|table|h[1-6]))\b/i.test(html.slice(start, start + 9)) ? '\n' : ' ');
  }
  const text = words
    .join('')
    .replace(/[ \t]+/g, ' ')
    .replace(/\s*\n\s*/g, '\n');
  // Without tags it is one level of text, of which the characters by name are left.
  return convert(text, { wordwrap: false, preserveNewlines: true, limits: { maxInputLength: htmlAtMost } });
}

/** The words of an HTML mail. Comments, styles and scripts are no words, whatever mail program they speak to. */
export function htmlToText(html: string): { text: string; isWhole: boolean } {
  const read = html.slice(0, htmlAtMost);
  if (!isReadable(read)) return { text: stripTags(read), isWhole: false };
  const text = convert(read, {
    wordwrap: false,
    preserveNewlines: false,
    limits: { maxInputLength: htmlAtMost, ellipsis: '…' },
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
      { selector: 'img', format: 'skip' },
      { selector: 'script', format: 'skip' },
      { selector: 'style', format: 'skip' },
      { selector: 'title', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
      { selector: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ],
  });
  return { text, isWhole: html.length <= htmlAtMost && (html.match(/<a\s/gi)?.length ?? 0) <= 5000 };
}
