// @vitest-environment node
import { expect, it } from 'vitest';

const components = import.meta.glob<string>('/src/**/*.vue', { query: '?raw', import: 'default', eager: true });

it('no skeleton speaks: the kit makes each an alert that says “loading”, in English', () => {
  const tags = Object.entries(components).flatMap(([path, text]) =>
    [...text.matchAll(/<USkeleton\b[^>]*>/g)].map(([tag]) => [path, tag] as const),
  );
  expect(tags.length).toBeGreaterThan(20);
  expect(tags.filter(([, tag]) => !tag.includes('aria-hidden="true"'))).toEqual([]);
});
