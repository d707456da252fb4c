import postgres from 'postgres';
import { home } from './support.ts';

/** What the night does: finds who may leave. How many more there are since the last time. */
export async function scoreRisks(): Promise<number> {
  const sql = postgres(home.dbUrl, { max: 1 });
  try {
    const [scored] = await sql`select private.score_risks() as fresh`;
    return scored!['fresh'] as number;
  } finally {
    await sql.end();
  }
}
