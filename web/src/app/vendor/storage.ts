/**
 * Stands in for storage-js inside supabase-js: the console stores no files, and the client is on the way of the first
 * page. A feature that does imports `StorageClient` from `@supabase/storage-js` itself, lazily.
 */
export class StorageClient {}
export class StorageApiError extends Error {}
