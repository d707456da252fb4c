// @vitest-environment node
import { expect, it } from 'vitest';
import { renderMarkdown } from './markdown.ts';

it.each([
  ['<script>alert(1)</script>', '<script'],
  ['<img src=x onerror=alert(1)>', '<img'],
  ['![x](https://elsewhere.example/p.png)', '<img'],
  ['[x](javascript:alert(1))', 'href'],
  ['[x](JaVaScRiPt:alert(1))', 'href'],
  ['[x](data:text/html;base64,AAAA)', 'href'],
  ['[x](vbscript:x)', 'href'],
  ['<svg/onload=alert(1)>', '<svg'],
  ['<a href="https://x.example" onclick="x">x</a>', '<a '],
])('%j is text', (text, never) => {
  expect(renderMarkdown(text)).not.toContain(never);
});

it('renders lists, code and links, which open elsewhere', () => {
  expect(renderMarkdown('1. Un\n2. `deux`')).toBe('<ol>\n<li>Un</li>\n<li><code>deux</code></li>\n</ol>\n');
  expect(renderMarkdown('[ici](https://whatautosys.example)')).toContain(
    '<a href="https://whatautosys.example" target="_blank" rel="noopener noreferrer nofollow">ici</a>',
  );
});
