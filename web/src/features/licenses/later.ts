import { loadMessages } from '@/base/i18n.ts';

/** A loader of what the list does not show: the words of the licence's page and of dialogs come with it. */
export const withLaterWords =
  <T>(load: () => Promise<T>) =>
  async (): Promise<T> =>
    (await Promise.all([load(), loadMessages('licenses/later')]))[0];
