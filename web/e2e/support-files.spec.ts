import { Buffer } from 'node:buffer';
import { expect, type Page, test } from 'playwright/test';
import { contextOf, sharedAdmin, visit, watchForTrouble, sharedMember } from './support.ts';
import { newTicket } from './tickets.ts';

const at = (number: number) => `/support?folder=all&ticket=${number}`;
const said = (page: Page) => page.getByRole('region', { name: 'Conversation' });
const drafted = (page: Page) => page.getByRole('list', { name: 'Fichiers à envoyer' });
const attach = async (page: Page, ...files: { name: string; mimeType: string; buffer: Buffer }[]) => {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Joindre des fichiers' }).click();
  await (await choosing).setFiles(files);
};
/** One red point. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);
const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1"><script>window.hacked=1</script></svg>',
);

test('files go with an answer: pictures are shown, all else is saved and never opened', async ({ browser }) => {
  const [marc, lea] = [await sharedMember('support', 'marc'), await sharedMember('support', 'lea')];
  const { number } = await newTicket(await sharedAdmin());
  const [first, second] = [
    await (await contextOf(browser, marc)).newPage(),
    await (await contextOf(browser, lea)).newPage(),
  ];
  const trouble = [first, second].map(watchForTrouble);
  for (const page of [first, second]) await visit(page, at(number));

  await attach(
    first,
    { name: 'capture <img src=x onerror=hacked=1>.png', mimeType: 'image/png', buffer: png },
    { name: 'logo.png', mimeType: 'image/png', buffer: svg },
    { name: 'de trop.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
    { name: 'vide.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
  );
  await expect(drafted(first).getByRole('listitem')).toHaveCount(4);
  await expect(drafted(first).getByRole('alert')).toHaveText('Ce fichier est vide.');
  await first.getByRole('button', { name: 'Retirer vide.txt' }).click();
  await first.getByRole('button', { name: 'Retirer de trop.txt' }).click();
  await expect(drafted(first).getByRole('listitem')).toHaveCount(2);
  await expect(drafted(first).getByRole('progressbar')).toHaveCount(0);

  // A draft's files are its author's alone, and there after a reload.
  await first.reload();
  await expect(drafted(first).getByRole('listitem')).toHaveCount(2);
  await expect(second.getByText('logo.png')).toHaveCount(0);

  await first.getByRole('textbox', { name: 'Réponse au client' }).fill('Voici les captures.');
  await first.getByRole('button', { name: 'Envoyer', exact: true }).click();
  await expect(said(second)).toContainText('Voici les captures.');
  const picture = said(second).getByRole('button', { name: /^Agrandir capture/ });
  await expect(picture.locator('img')).toHaveJSProperty('naturalWidth', 1);
  await expect(said(second).getByRole('button', { name: /^Agrandir logo/ })).toHaveCount(0);
  const saving = second.waitForEvent('download');
  await said(second)
    .getByRole('button', { name: /^Télécharger logo\.png/ })
    .click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('logo.png');
  expect(new URL(download.url()).origin).not.toBe(new URL(second.url()).origin);
  await picture.click();
  await expect(second.getByRole('dialog').getByRole('img')).toBeVisible();
  await second.keyboard.press('Escape');
  for (const page of [first, second]) expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(trouble).toEqual([[], []]);

  // Taken back, the files are a draft again.
  await first.getByRole('button', { name: 'Annuler l’envoi' }).click();
  await expect(drafted(first).getByRole('listitem')).toHaveCount(2);
  await expect(said(second).getByRole('button', { name: /^Agrandir capture/ })).toHaveCount(0);
  for (const page of [first, second]) await page.context().close();
});

test('a file that is pasted or dropped, and one that is cut off on its way', async ({ browser }) => {
  const marc = await sharedMember('support', 'marc');
  const { number } = await newTicket(await sharedAdmin());
  const page = await (await contextOf(browser, marc)).newPage();
  await visit(page, at(number));
  const box = page.getByRole('textbox', { name: 'Réponse au client' });
  const give = (kind: 'paste' | 'drop', withText: boolean) =>
    box.evaluate(
      (element, [type, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from([71, 73, 70, 56, 57, 97])], 'image.gif', { type: 'image/gif' }));
        if (text) data.setData('text/plain', '42');
        const event =
          type === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
        element.dispatchEvent(event);
      },
      [kind, withText] as const,
    );
  await give('paste', true);
  await expect(drafted(page)).toHaveCount(0);
  await give('paste', false);
  await expect(drafted(page).getByRole('listitem')).toHaveText(/image-\d{4}.*\.gif/);
  await give('drop', false);
  await expect(drafted(page).getByRole('listitem')).toHaveCount(2);

  await expect(drafted(page).getByRole('progressbar')).toHaveCount(0);
  await page.route('**/storage/v1/object/upload/sign/**', (route) => route.abort('connectionreset'));
  await attach(page, { name: 'journal.log', mimeType: 'text/plain', buffer: Buffer.from('ERROR') });
  await expect(drafted(page).getByRole('alert')).toBeVisible();
  await page.unroute('**/storage/v1/object/upload/sign/**');
  await page.getByRole('button', { name: 'Renvoyer journal.log' }).click();
  await expect(drafted(page).getByRole('alert')).toHaveCount(0);
  await expect(drafted(page).getByRole('listitem')).toHaveCount(3);
  await page.context().close();
});
