import type { TestDatabase } from './database.ts';

export interface Period {
  weekday: number;
  starts: string;
  ends: string;
}

/** The same periods on each day from Monday, "09:00-12:30". */
export function week(...periods: (string | number)[]): Period[] {
  const days = typeof periods.at(-1) === 'number' ? (periods.pop() as number) : 5;
  return Array.from({ length: days }, (_, day) =>
    (periods as string[]).map((period) => {
      const [starts, ends] = period.split('-') as [string, string];
      return { weekday: day + 1, starts, ends };
    }),
  ).flat();
}

/** A calendar of one's own. */
export async function newCalendar(db: TestDatabase, hours: Period[], over: Record<string, unknown> = {}) {
  const [row] = await db.sql`insert into public.support_calendars
    ${db.sql({ name: crypto.randomUUID(), hours: db.sql.json(hours as never), ...over } as never)} returning id`;
  return row!['id'] as string;
}
