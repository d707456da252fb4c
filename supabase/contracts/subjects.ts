/** Where in the console a subject lives, by the `subject_type` of events and alerts: for links and the messengers'. */
export const subjectPaths = {
  license: (id: string) => `/licences/${encodeURIComponent(id)}`,
  customer: (id: string) => `/clients/${encodeURIComponent(id)}`,
  subscription: (id: string) => `/abonnements?subscription=${encodeURIComponent(id)}`,
  payment: (id: string) => `/paiements?q=${encodeURIComponent(id)}`,
  stripe_event: (id: string) => `/stripe?q=${encodeURIComponent(id)}`,
  stripe_sync: () => '/stripe?tab=syncs',
  import: (id: string) => `/licences?import=${encodeURIComponent(id)}`,
  staff: () => '/equipe',
  report: () => '/rapports',
  log_rule: (id: string) => `/logs/alertes?rule=${encodeURIComponent(id)}`,
  ticket: (number: string) => `/support?folder=all&ticket=${encodeURIComponent(number)}`,
} as const satisfies Record<string, (id: string) => string>;

export type SubjectType = keyof typeof subjectPaths;

/** The subject's path; null for a type without a page. */
export function subjectPath(type: string | null, id: string | null): string | null {
  if (type === null || id === null || !Object.hasOwn(subjectPaths, type)) return null;
  return subjectPaths[type as SubjectType](id);
}
