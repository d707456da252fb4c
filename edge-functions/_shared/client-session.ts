/** The session of staff in a customer's name that a request carries as its bearer token; null without one. */
export function sessionOf(request: Request): string | null {
  // Libraries send the project's own key in the same header: that is no session.
  return /^Bearer (was_[\w-]{1,200})$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}
