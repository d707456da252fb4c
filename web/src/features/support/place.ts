/** Where a ticket stands on its page. */
export const ticketPage = (number: number) => ({
  name: 'support',
  query: { folder: 'all', ticket: String(number) },
});
