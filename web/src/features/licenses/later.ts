import { loadMessages } from '@/base/i18n.ts';

type Loader<T> = () => Promise<T>;
const withWords =
  (room: string) =>
  <T>(load: Loader<T>): Loader<T> =>
  async () =>
    (await Promise.all([load(), loadMessages(room)]))[0];

/** A loader of what the list does not show: the words of the licence's page and of dialogs come with it. */
export const withLaterWords = withWords('licenses/later');

/** A loader of what speaks of sessions in a customer's name. */
export const withSessionWords = withWords('licenses/sessions');
