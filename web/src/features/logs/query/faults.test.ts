import { expect, it } from 'vitest';
import { AppError } from '@/base/errors.ts';
import { logQueryFault } from './faults.ts';

const failure = (hint: string, details: unknown) =>
  new AppError('refused', { kind: 'database', code: 'PT400', hint, details });
const fault = { reason: 'text_too_short', position: 0, length: 2 };

it.each([
  ['as text', failure('query_invalid', JSON.stringify(fault)), fault],
  ['as an object', failure('query_invalid', fault), fault],
  ['with a reason that is none', failure('query_invalid', { ...fault, reason: 'x' }), undefined],
  ['without details', failure('query_invalid', null), undefined],
  ['with details that are no JSON', failure('query_invalid', '{'), undefined],
  ['another refusal', failure('permission_denied', fault), undefined],
  ['no refusal', new Error('x'), undefined],
])('logQueryFault() of details %s', (_, error, expected) => expect(logQueryFault(error)).toEqual(expected));
