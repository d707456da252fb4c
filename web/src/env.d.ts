/// <reference types="vite/client" />
interface ImportMetaEnv {
  readonly VITE_SUPABASE_URL: string;
  readonly VITE_SUPABASE_PUBLISHABLE_KEY: string;
}
interface ImportMeta {
  readonly env: ImportMetaEnv;
}

/** Labels of menu entries, page titles, palette actions: what the shell shows before a feature's pages are loaded. */
declare module 'virtual:feature-labels/*' {
  const messages: Record<string, unknown>;
  export default messages;
}
