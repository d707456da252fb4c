import { convert } from 'html-to-text';

/** As much as is read: the rest stays in the mail as it came. */
const htmlAtMost = 1024 * 1024;

/** The words of an HTML mail. Comments, styles and scripts are no words, whatever mail program they speak to. */
export function htmlToText(html: string): { text: string; isWhole: boolean } {
  const text = convert(html.slice(0, htmlAtMost), {
    wordwrap: false,
    preserveNewlines: false,
    limits: { maxInputLength: htmlAtMost, maxDepth: 200, maxChildNodes: 20_000, ellipsis: '…' },
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
