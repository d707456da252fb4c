import { connect } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), { max: 1 });

Deno.serve(createHandler({ ping: () => sql`select 1`, now: () => new Date() }));
