import { expect, it } from 'vitest';
import { createTestDatabase } from '../database.ts';
import { Random } from '../stripe-history/random.ts';
import { createWorld } from '../stripe-history/world.ts';
import { liveThrough } from './account.ts';
import { isKind, readSdkTypes } from './sdk-types.ts';

it('what the stand-in tells has each member the SDK declares, and no other', async () => {
  const db = await createTestDatabase();
  try {
    const world = await createWorld(db.sql, new Random(3));
    await liveThrough(world);
    const compare = readSdkTypes();
    const kinds = new Set<string>();
    const found = new Set<string>();
    for (const { type, data } of world.standIn.events.take()) {
      const object = JSON.parse(JSON.stringify(data.object)) as { object: string };
      // An invoice that does not exist yet has no id.
      if (!isKind(object.object) || type === 'invoice.upcoming') continue;
      kinds.add(object.object);
      for (const mismatch of compare(object.object, object))
        found.add(`${object.object} ${mismatch.replaceAll(/\[\d+\]/g, '[]')} (${type})`);
    }
    expect(kinds.size).toBeGreaterThan(15);
    expect([...found].sort()).toEqual([]);
  } finally {
    await db.drop();
  }
});
