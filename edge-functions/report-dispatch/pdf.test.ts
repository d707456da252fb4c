import { describe, expect, it } from 'vitest';
import { toDocument } from '../../supabase/contracts/reports/document.ts';
import { readPdf } from './pdf-reader.testing.ts';
import { toHeldText } from './pdf-text.ts';
import { toPdf } from './pdf.ts';
import { risks, snapshot } from './snapshot.testing.ts';

const at = new Date('2026-11-30T08:00:12Z');
const draw = (change = {}) => toPdf(toDocument(snapshot(change)), at);

describe('the PDF', () => {
  it('says what the snapshot says, in French, with amounts in one piece', async () => {
    const { title, language, pages } = await readPdf(await draw());
    expect([title, language]).toEqual(['Rapport hebdomadaire', '(fr-FR)']);
    const text = pages.join('\n');
    expect(text).toContain('12\u00A0450,50\u00A0€');
    expect(text).toContain('Du 23 novembre 2026 au 29 novembre 2026, jours du fuseau Europe/Paris');
    expect(text).toContain('Prévu le 30 novembre 2026 à 09:00 (Europe/Paris)');
    expect(text).toContain('3,4\u00A0%');
    expect(text).toContain('Paiement échoué');
    expect(text).toContain('Laissés de côté : 2 dans une autre devise (58,00\u00A0$US)');
    expect(text).toContain('1 / 1');
  });

  it('speaks English', async () => {
    const { language, pages } = await readPdf(await draw({ language: 'en' }));
    expect(language).toBe('(en-GB)');
    expect(pages[0]).toContain('€12,450.50');
  });

  it('repeats the head of a table on each page, and numbers the pages', async () => {
    const { pages } = await readPdf(await draw({ template: 'at_risk', waterfall: null, alerts: null, risks: risks() }));
    expect(pages.length).toBeGreaterThan(3);
    for (const page of pages.slice(1)) expect(page).toContain('Raisons');
    expect(pages.at(-1)).toContain(`${pages.length} / ${pages.length}`);
    expect(pages.join('\n').match(/…AB/g)).toHaveLength(200);
  });

  it('is small and quick', async () => {
    const begun = process.cpuUsage();
    const bytes = await draw({ template: 'at_risk', waterfall: null, alerts: null, risks: risks() });
    const { user, system } = process.cpuUsage(begun);
    expect(bytes.length).toBeLessThan(200_000);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  it('says when there is nothing, and when nothing has changed', async () => {
    const figures = snapshot().figures.map((figure) => ({ ...figure, total: null, before: null }));
    const nothing = await readPdf(
      await draw({ figures, is_empty: true, is_unchanged: true, alerts: [], left_out: [] }),
    );
    expect(nothing.pages.join('\n')).toContain('Aucune donnée sur cette période.');
    expect(nothing.pages.join('\n')).toContain('—');
    const same = await readPdf(await draw({ is_unchanged: true, is_late: true }));
    expect(same.pages[0]).toContain('Rien n’a changé');
    expect(same.pages[0]).toContain('Envoyé en retard');
  });

  it.each(['Łódź 🚀 «œuf» – é', '\u0000\u0007\t', '日本語', '👩‍👩‍👧'.repeat(30)])(
    'no name makes it fail: %j',
    async (name) => {
      expect((await readPdf(await draw({ name }))).pages.length).toBeGreaterThan(0);
    },
  );
});

it('letters without a likeness are replaced, others kept', () => {
  expect(toHeldText('Łódź œ é – « » € 12\u202F450')).toBe('Lódz œ é – « » € 12\u00A0450');
  expect(toHeldText('日🚀')).toBe('??');
});
