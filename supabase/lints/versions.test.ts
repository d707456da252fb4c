import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('every migration has a version of its own, and a name', () => {
  const files = readdirSync(join(import.meta.dirname, '../migrations'));
  expect(files.filter((file) => !/^\d{14}_[a-z][a-z0-9_]+\.sql$/.test(file))).toEqual([]);
  const versions = files.map((file) => file.slice(0, 14));
  expect(versions.filter((version, index) => versions.indexOf(version) !== index)).toEqual([]);
});
