import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true });
// No picture of elsewhere is fetched for being looked at.
markdown.disable('image');
const openLink =
  markdown.renderer.rules['link_open'] ??
  ((tokens, index, options, _env, self) => self.renderToken(tokens, index, options));
markdown.renderer.rules['link_open'] = (tokens, index, options, env, self) => {
  tokens[index]!.attrSet('target', '_blank');
  tokens[index]!.attrSet('rel', 'noopener noreferrer nofollow');
  return openLink(tokens, index, options, env, self);
};

/** HTML of a text in Markdown: every tag in it is text, `javascript:` and `data:` lead nowhere. */
export const renderMarkdown = (text: string): string => markdown.render(text);
