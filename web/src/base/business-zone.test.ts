import { afterEach, expect, it } from 'vitest';
import { businessDay, businessZone, setBusinessZone } from './business-zone.ts';
import { createFormatter } from './format.ts';

afterEach(() => setBusinessZone(undefined));
const lateOnTheLast = '2026-08-01T03:59:59Z';

it('is the reader’s until the setting is read', () => expect(businessZone()).toBe('Europe/Paris'));

it('a day written where the business is reads as that day, wherever the reader is', () => {
  expect(createFormatter('fr-FR').date(lateOnTheLast)).toBe('01/08/2026');
  setBusinessZone('America/Montreal');
  expect(createFormatter('fr-FR').date(lateOnTheLast)).toBe('31/07/2026');
  expect(createFormatter('fr-FR').longDate(lateOnTheLast)).toBe('31 juillet 2026');
  expect(businessDay(lateOnTheLast)).toBe('2026-07-31');
});

it('moments stay the reader’s', () => {
  setBusinessZone('America/Montreal');
  expect(createFormatter('fr-FR').dateTime(lateOnTheLast)).toBe('01/08/2026 05:59');
});
