import type { Hono } from 'hono';
import * as admin from './admin.ts';
import { requireAdmin } from './callers.ts';
import { generateLink, inviteUser } from './links.ts';
import type { AuthDeps, AuthEnv } from './types.ts';

/** Every route here wants the secret key (or a `service_role` token). */
export function addAdminRoutes(app: Hono<AuthEnv>, deps: AuthDeps): void {
  app.use('/admin/*', async (c, next) => {
    await requireAdmin(deps, c.get('token'));
    await next();
  });
  app.post('/invite', async (c) => {
    await requireAdmin(deps, c.get('token'));
    return c.json(await inviteUser(deps, c.get('body'), c.req.query('redirect_to')));
  });
  app.post('/admin/generate_link', async (c) =>
    c.json(await generateLink(deps, c.get('body'), c.req.query('redirect_to'))),
  );
  app.get('/admin/users', async (c) => {
    const { users, total, page, perPage } = await admin.listUsers(deps, new URL(c.req.url).searchParams);
    return c.json({ users, aud: 'authenticated' }, 200, admin.pagingHeaders(c.req.url, total, page, perPage));
  });
  app.post('/admin/users', async (c) => c.json(await admin.createUser(deps, c.get('body'))));
  app.get('/admin/users/:id', async (c) => c.json(await admin.getUser(deps, c.req.param('id'))));
  app.put('/admin/users/:id', async (c) => c.json(await admin.updateUser(deps, c.req.param('id'), c.get('body'))));
  app.delete('/admin/users/:id', async (c) => {
    await admin.deleteUser(deps, c.req.param('id'), c.get('body'));
    return c.json({});
  });
  app.get('/admin/users/:id/factors', async (c) => c.json(await admin.listFactors(deps, c.req.param('id'))));
  app.delete('/admin/users/:id/factors/:factorId', async (c) =>
    c.json(await admin.deleteFactor(deps, c.req.param('id'), c.req.param('factorId'))),
  );
}
