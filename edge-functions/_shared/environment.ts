/** A variable the function cannot work without; its absence fails at boot, with its name. */
export function required(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`Environment variable ${name} is not set`);
  return value;
}

export function optional(name: string, fallback: string): string {
  return Deno.env.get(name) || fallback;
}

/** An API key of the project: the new key map first, the old variable while it exists. */
export function projectKey(kind: 'PUBLISHABLE' | 'SECRET'): string {
  const keys = JSON.parse(optional(`SUPABASE_${kind}_KEYS`, '{}')) as Record<string, string>;
  return keys.default ?? required(kind === 'SECRET' ? 'SUPABASE_SERVICE_ROLE_KEY' : 'SUPABASE_ANON_KEY');
}
