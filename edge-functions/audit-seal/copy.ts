import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The mail that carries the seals outside, in both languages: whoever keeps it can prove the trail later. */
export function copyMail(seals: string[], consoleUrl: string): { subject: string; text: string; html: string } {
  const page = `${consoleUrl.replace(/\/$/, '')}/audit`;
  const words = [
    frenchSpaces(
      `Conservez ce message. Ces lignes prouvent le journal d’audit jusqu’à ce jour : collez-les dans ${page}, ` +
        '« Vérifier la chaîne », pour voir que rien n’a été retiré ni réécrit depuis.',
    ),
    `Keep this message. These lines prove the audit trail up to this day: paste them into ${page}, ` +
      '“Verify the chain”, to see that nothing has been removed or rewritten since.',
  ];
  return {
    subject: 'Copie des sceaux du journal d’audit / Copy of the audit seals',
    text: `${words.join('\n\n')}\n\n${seals.join('\n')}\n`,
    html:
      words.map((paragraph) => `<p>${escape(paragraph)}</p>`).join('') +
      `<pre style="font-size:11px;white-space:pre-wrap;word-break:break-all">${escape(seals.join('\n'))}</pre>`,
  };
}
