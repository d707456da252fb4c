import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import SavedViewsMenu from './SavedViewsMenu.vue';

const ME = '00000000-0000-4000-8000-000000000001';
const view = (over: object) => ({
  id: 'a',
  name: 'À relancer',
  query: 'status=expired',
  user_id: ME,
  is_shared: false,
  ...over,
});
const VIEWS = [view({}), view({ id: 'b', name: 'De Nora', query: 'plan=premium', user_id: 'nora', is_shared: true })];
const api = () =>
  mockApi({
    'GET /rest/v1/saved_views': () => VIEWS,
    'POST /rest/v1/saved_views': () => ({ id: 'c' }),
    'PATCH /rest/v1/saved_views': () => ({ id: 'a' }),
    'DELETE /rest/v1/saved_views': () => [{ id: 'a' }],
  });
const entries = () =>
  [...document.querySelectorAll<HTMLElement>('[role^="menuitem"]')].map((each) => each.textContent?.trim());
const choose = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('[role^="menuitem"]')]
    .find((each) => each.textContent?.trim() === name)
    ?.click();
async function open(query: string) {
  const load = vi.fn();
  await mountApp(SavedViewsMenu, { props: { page: 'licenses', query, onLoad: load } });
  document.querySelector<HTMLElement>('button')?.click();
  await until(() => expect(entries().length).toBeGreaterThan(0));
  return load;
}

describe('SavedViewsMenu', () => {
  it('keeps one’s own views and those of others apart', async () => {
    api();
    const load = await open('q=x');
    expect(entries()).toEqual(['À relancer', 'De Nora', 'Enregistrer la vue']);
    expect(document.querySelector('[role="menu"]')?.textContent).toContain('Partagées par d’autres');
    choose('De Nora');
    expect(load).toHaveBeenCalledWith('plan=premium');
  });
  it('lets one share or remove one’s own, and say nothing of the others’', async () => {
    const calls = api();
    await open('status=expired');
    expect(entries()).toContain('Supprimer « À relancer »');
    choose('Partager « À relancer » avec l’équipe');
    await flushPromises();
    expect(calls.find((call) => call.route.startsWith('PATCH'))?.body).toEqual({ is_shared: true });
  });
  it('offers nothing on a view of somebody else', async () => {
    api();
    await open('plan=premium');
    expect(entries().filter((entry) => /Supprimer|Partager/.test(entry ?? ''))).toEqual([]);
  });
  it('saves what is on screen under a name, for all when asked', async () => {
    const calls = api();
    await open('q=x');
    choose('Enregistrer la vue');
    await until(() => expect(document.querySelector('[role="dialog"] input')).not.toBeNull());
    const input = document.querySelector<HTMLInputElement>('[role="dialog"] input')!;
    input.value = 'Ma vue';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    document.querySelector<HTMLElement>('[role="dialog"] [role="checkbox"]')?.click();
    await flushPromises();
    expect(await axeViolations(document.querySelector('[role="dialog"]')!)).toEqual([]);
    [...document.querySelectorAll('button')].find((each) => each.textContent?.trim() === 'Enregistrer')?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === 'POST /rest/v1/saved_views')?.body).toEqual({
      name: 'Ma vue',
      query: 'q=x',
      is_shared: true,
      page: 'licenses',
    });
  });
});
