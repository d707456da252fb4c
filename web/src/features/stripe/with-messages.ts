import { loadFeatureMessages } from '@/app/i18n.ts';

/** A loader of pages or components that speak with the messages of other features too. */
export const withMessages =
  <T>(load: () => Promise<T>, ...features: string[]) =>
  async (): Promise<T> =>
    (await Promise.all([load(), ...features.map(loadFeatureMessages)]))[0] as T;
