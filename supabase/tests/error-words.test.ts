import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { locales } from '../contracts/constants/staff.ts';
import { errorCodes } from '../contracts/error-codes.generated.ts';

const folder = join(import.meta.dirname, '../../web/src/base/locales/errors');
const shown = Object.entries(errorCodes).flatMap(([code, { is_shown }]) => (is_shown ? [code] : []));

describe.each(locales)('the console in "%s"', (locale) => {
  const errors = JSON.parse(readFileSync(join(folder, `${locale}.json`), 'utf8')) as { code: Record<string, string> };

  it('has words for every error that people meet', () => {
    expect(shown.filter((code) => !errors.code[code]?.trim())).toEqual([]);
  });
});
