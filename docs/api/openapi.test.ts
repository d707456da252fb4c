import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApi, openApiText, openFunctions } from './openapi.ts';

describe('openapi.json', () => {
  it('is what the contracts say (npm run openapi writes it)', () => {
    expect(readFileSync(join(import.meta.dirname, 'openapi.json'), 'utf8')).toBe(openApiText);
  });

  it('describes every function that is open to outsiders, and no other', () => {
    const described = Object.keys(openApi.paths).map((path) => path.split('/')[1]!);
    expect([...new Set(described)].sort()).toEqual([...openFunctions].sort());
  });

  it('refers to nothing that it does not hold', () => {
    const refs = [...openApiText.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
    expect(refs.length).toBeGreaterThan(5);
    expect(refs.filter((name) => !(name in openApi.components.schemas))).toEqual([]);
  });

  it('answers every refusal of the contract with its status', () => {
    const { responses } = openApi.paths['/license-check'].post;
    expect(Object.keys(responses)).toEqual(['200', '400', '404', '405', '413', '429', '500']);
    expect(responses).toMatchObject({ 429: { headers: { 'retry-after': { required: true } } } });
  });
});
