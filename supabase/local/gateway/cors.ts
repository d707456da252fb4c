const exposed =
  'Content-Range, Content-Location, Preference-Applied, X-Total-Count, Link, Location, x-sb-error-code, ' +
  'sb-error-code, sb-request-id, x-supabase-api-version, Retry-After';

export function isPreflight(request: Request): boolean {
  return request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
}

export function answerPreflight(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS',
      'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
      'access-control-max-age': '3600',
      vary: 'Access-Control-Request-Headers',
    },
  });
}

/** No cookies are used anywhere, so every origin may call; the credential is the header. */
export function addCors(headers: Headers): void {
  headers.set('access-control-allow-origin', '*');
  headers.set('access-control-expose-headers', exposed);
}
