import { Hono } from 'hono';
import type { Control } from '../control.ts';
import { StripeFailure } from '../errors.ts';
import { checkoutPages } from './checkout.ts';
import type { PagesContext } from './context.ts';
import { controlPage } from './control.ts';
import { invoicePages, objectPages, portalPages } from './objects.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action *; base-uri 'none'; frame-ancestors 'none'";

/** POST /control/<name> with JSON `{args: […]}`, the control page, and the pages Stripe would host. */
export function createPages(context: PagesContext): (request: Request) => Promise<Response> {
  const app = new Hono();
  app.use(async (c, next) => {
    const { hostname, origin } = new URL(c.req.url);
    if (hostname !== '127.0.0.1' && hostname !== 'localhost' && hostname !== 'stripe.test')
      return c.text('Forbidden', 403);
    if (c.req.method !== 'GET' && (c.req.header('origin') ?? origin) !== origin) return c.text('Forbidden', 403);
    await next();
    c.header('content-security-policy', policy);
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'same-origin');
  });
  app.onError((error, c) => {
    if (error instanceof StripeFailure) return c.json({ error: error.body }, error.status as 400);
    console.error('Stripe stand-in page failed', error);
    return c.json({ error: { type: 'api_error', message: 'An unknown error occurred' } }, 500);
  });
  app.post('/control/:name', async (c) => {
    const name = c.req.param('name') as keyof Control;
    if (!Object.hasOwn(context.control, name)) return c.json({ error: { message: 'No such control' } }, 404);
    const body = (await c.req.json().catch(() => ({}))) as { args?: unknown[] };
    const run = context.control[name] as (...args: unknown[]) => unknown;
    return c.json({ result: run(...(Array.isArray(body.args) ? body.args : [])) ?? null });
  });
  controlPage(app, context);
  checkoutPages(app, context);
  portalPages(app, context);
  invoicePages(app, context);
  objectPages(app, context);
  return async (request) => app.fetch(request);
}
