import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeOutputs, outputs, pathOf } from '../generate/outputs.ts';
import { createTestDatabase } from './database.ts';

it.each(outputs.map((output) => [output.file, output] as const))(
  '%s is what the database says: else run npm run contracts',
  async (_, output) => {
    const db = await createTestDatabase();
    try {
      const [made] = await makeOutputs(db.url, [output]);
      expect(readFileSync(pathOf(output), 'utf8')).toBe(made!.text);
    } finally {
      await db.drop();
    }
  },
);

it('another grant in the database is another file', async () => {
  const db = await createTestDatabase();
  try {
    await db.sql`insert into private.role_permissions (role, permission) values ('viewer', 'planted.read')`;
    const made = await makeOutputs(db.url);
    const differing = made.filter(({ path, text }) => readFileSync(path, 'utf8') !== text).map(({ path }) => path);
    expect(differing).toEqual([expect.stringMatching(/permissions\.generated\.ts$/)]);
    await db.sql`comment on table public.plans is 'What is sold'`;
    const told = (await makeOutputs(db.url)).find(({ path }) => path.endsWith('data-model.md'));
    expect(told!.text).toContain('### plans\n\nWhat is sold\n');
  } finally {
    await db.drop();
  }
});
