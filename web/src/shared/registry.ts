import { inject, type InjectionKey } from 'vue';
import { loadMessages } from '@/base/i18n.ts';
import type { FeatureModule } from './module.ts';

/** The features there are. The application provides them: nobody below it can name one. */
export const MODULES: InjectionKey<readonly FeatureModule[]> = Symbol('modules');
export const useModules = (): readonly FeatureModule[] => inject(MODULES, []);

type Can = (permission: string) => boolean;
export const allowed =
  (can: Can) =>
  ({ permission }: { permission?: string }): boolean =>
    permission === undefined || can(permission);

/** A loader of a part of a feature: its words come with it. */
export const withWords =
  <T>({ name, speaks = [] }: FeatureModule, load: () => Promise<T>) =>
  async (): Promise<T> => {
    // No page waits for the words of errors; one that could not load them tries again with the next.
    void loadMessages('errors').catch(() => undefined);
    return (await Promise.all([load(), loadMessages(name, ...speaks)]))[0];
  };

/** What each feature contributes of one sort, with the feature it comes from. */
export const contributed = <T>(
  modules: readonly FeatureModule[],
  pick: (module: FeatureModule) => readonly T[] | undefined,
): { module: FeatureModule; item: T }[] =>
  modules.flatMap((module) => (pick(module) ?? []).map((item) => ({ module, item })));
