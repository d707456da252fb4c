/** What queries of the log mean: the same cases that the database is tried with. */
export { malformedLogQueries, rightLogQueries, shortLogQueries } from '../../../supabase/contracts/log-queries.ts';
