import { html, raw } from 'hono/html';

export type Html = ReturnType<typeof html>;
export type Language = 'fr' | 'en';

export const languageOf = (header: string | undefined): Language => (/^\s*fr/i.test(header ?? 'fr') ? 'fr' : 'en');
export const when = (seconds: number | null | undefined, language: Language) =>
  seconds
    ? new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
        dateStyle: 'medium',
        timeStyle: 'short',
        timeZone: 'Europe/Paris',
      }).format(new Date(seconds * 1000))
    : '—';

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #4f46e5; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.35rem; }
h2 { font-size: 1.05rem; margin-top: 2rem; }
a { color: inherit; }
table { width: 100%; border-collapse: collapse; }
td, th { padding: .45rem .5rem; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
.scroll { overflow-x: auto; }
.card { max-width: 28rem; margin: 2rem auto; padding: 1.5rem; border: 1px solid var(--line); border-radius: 12px; }
form.inline { display: inline; }
label { display: block; margin: .75rem 0; }
input, select, button { border: 1px solid var(--line); border-radius: 6px; color: inherit; font: inherit; }
input, select { width: 100%; padding: .5rem; background: transparent; }
button { padding: .4rem .75rem; background: var(--soft); cursor: pointer; margin: .1rem; }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; width: 100%; padding: .6rem; }
small { opacity: .7; }
.error { padding: .6rem .8rem; border-radius: 6px; background: #dc262622; border: 1px solid #dc2626; }
.row { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
`;

export function page(language: Language, title: string, content: Html | Promise<Html>): Html {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html>` as Html;
}
