import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, customerWrites, newCustomer, newTicket } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
});
afterAll(() => db.drop());

const numbers = async (query: string) =>
  (await call(db, marc, 'search_tickets', { query, page_size: 500 })).rows.map(({ number }) => number);

describe('words', () => {
  it.each([
    ['Les connexions échouées', 'échoué'],
    ['Les connexions échouées', 'échouées'],
    ['Les connexions échouées', 'echoue'],
    ['Application réinstallée hier', 'reinstaller'],
    ['Perte de mes clés', 'cle'],
    ['Deux licences expirées', 'licence expiree'],
    ['Les mises à jour', 'mise a jour'],
    ['Un problème de cœur', 'coeur'],
    ['Offre de Noël', 'noel'],
    ['Facture déjà payé', 'paye'],
    ['Facture payée', 'paye'],
    ['My messages are not sending', 'message send'],
    ['Erreur de jean.durand@mail.fr', 'durand'],
    ['Erreur de jean.durand@mail.fr', 'jean.durand@mail.fr'],
    ['Fichier C:\\Users\\lea\\auth_info_baileys', 'auth_info_baileys'],
    ['Fichier C:\\Users\\lea\\auth_info_baileys', 'baileys'],
    ['Requête /api/v1/catalogue/12', 'catalogue'],
    ['Paiement pi_3Nx9 refusé', 'pi_3Nx9'],
    ['Réponse 10.77.0.3', '10.77'],
    ['Le QR Code a expiré', '"qr code"'],
  ])('%j is found by %j', async (subject, query) => {
    const { number } = await newTicket(db, { subject });
    expect(await numbers(query)).toContain(number);
  });

  it.each([
    ['Le QR Code a expiré', '"code qr"'],
    ['Le QR Code a expiré', 'code -expiré'],
    ['Le QR Code a expiré', 'code -expirées'],
    ['Le QR Code a expiré', 'facture'],
    ['Application', 'réinstaller'],
  ])('%j is not found by %j', async (subject, query) => {
    const { number } = await newTicket(db, { subject, body: 'Rien de plus' });
    expect(await numbers(query)).not.toContain(number);
  });

  it.each([
    '',
    '   ',
    '"',
    '-',
    '""',
    "' or 1=1 --",
    '<script>',
    '\\',
    ':*',
    '& | !',
    '(',
    'a'.repeat(300),
    '💳',
    '-x',
  ])('%j is an answer, never an error', async (query) => {
    await expect(numbers(query)).resolves.toBeInstanceOf(Array);
  });
});

it('finds by number, customer, tag, note and what the customer wrote long ago, marked without markup', async () => {
  const { customerId, email } = await newCustomer(db, 'zephyrine@exemple.fr');
  const { number } = await newTicket(db, { customerId, body: 'Rien' });
  await customerWrites(db, number, 'La <b>passerelle</b> hurlevent\ue000 ne répond plus');
  await call(db, marc, 'reply_ticket', { ticket_number: number, kind: 'note', body: 'Voir zinnia' });
  await call(db, marc, 'update_ticket', { ticket_number: number, changes: { tags: ['xylophone'] } });
  const queries = [`#${number}`, String(number), email, 'zephyrine', 'xylophone', 'zinnia', 'hurlevent'];
  for (const query of queries) expect(await numbers(query), query).toContain(number);
  const { rows } = await call(db, marc, 'search_tickets', { query: 'hurlevent', sort: 'relevance' });
  expect(rows[0]!.headline).toContain('\ue000hurlevent\ue001');
  expect(rows[0]!.headline!.match(/\ue000/g)).toHaveLength(1);
  await db.sql`update public.customers set name = 'Aurore Boréale' where id = ${customerId}`;
  expect(await numbers('boreale')).toContain(number);
});

it('a subject outranks what was said, and the number everything', async () => {
  const said = await newTicket(db, { subject: 'Autre chose', body: 'mirabelle' });
  const titled = await newTicket(db, { subject: 'mirabelle' });
  const ranked = await call(db, marc, 'search_tickets', { query: 'mirabelle', sort: 'relevance' });
  expect(ranked.rows.map(({ number }) => number)).toEqual([titled.number, said.number]);
});

it('counts its folders as it lists them', async () => {
  const { number } = await newTicket(db);
  await call(db, marc, 'update_ticket', { ticket_number: number, changes: { assigned_to: marc.userId } });
  const counts = await call(db, marc, 'count_ticket_folders', {});
  for (const [folder, count] of Object.entries(counts)) {
    const { total } = await call(db, marc, 'search_tickets', { folder: folder as 'inbox' });
    expect([folder, total]).toEqual([folder, count]);
  }
  expect(counts.mine).toBe(1);
  await expect(call(db, marc, 'search_tickets', { folder: 'x' as 'all' })).rejects.toMatchObject({
    hint: 'invalid_argument',
  });
});

it('what was read is read until somebody writes again', async () => {
  const { number } = await newTicket(db);
  const unread = async () => (await call(db, marc, 'search_tickets', { query: `#${number}` })).rows[0]!.is_unread;
  expect(await unread()).toBe(true);
  await db.as(
    marc,
    (sql) => sql`insert into public.ticket_reads (ticket_id, read_at)
    select id, now() from public.support_tickets where number = ${number}`,
  );
  expect(await unread()).toBe(false);
  await db.sql`update public.ticket_reads set read_at = now() - interval '1 minute'`;
  await customerWrites(db, number, 'Encore moi');
  expect(await unread()).toBe(true);
});

it('the palette finds tickets by number and words', async () => {
  const { number } = await newTicket(db, { subject: 'Palette quincaillerie' });
  for (const query of [`#${number}`, 'quincaillerie'])
    expect((await call(db, marc, 'find_anything', { query })).tickets[0]).toMatchObject({ number });
});

it('a customer who is forgotten leaves tickets without words', async () => {
  const admin = await db.addStaff('admin');
  const { number, customerId } = await newTicket(db, { subject: 'Secret de Ferdinand', body: 'Ferdinand écrit' });
  await call(db, marc, 'reply_ticket', { ticket_number: number, kind: 'note', body: 'Ferdinand a appelé' });
  await db.sql`update public.licenses set revoked_at = now(), revoked_reason = 'fin' where customer_id = ${customerId}`;
  expect(await numbers('ferdinand')).toContain(number);
  await call(db, admin, 'forget_customer', { customer_id: customerId, reason: 'Demande' });
  expect(await numbers('ferdinand')).not.toContain(number);
  expect(await call(db, marc, 'get_ticket', { ticket_number: number })).toMatchObject({
    subject: '-',
    messages: [{ body: '' }],
    notes: [{ body: '-' }],
  });
  await expect(
    call(db, marc, 'reply_ticket', { ticket_number: number, kind: 'public', body: 'x', last_message_id: null }),
  ).rejects.toMatchObject({ code: 'PT409' });
});
