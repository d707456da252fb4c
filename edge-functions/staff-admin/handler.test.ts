import { beforeEach, describe, expect, it, vi } from 'vitest';
import { staffAdminResponse } from '../../supabase/contracts/functions/staff-admin.ts';
import type { StaffRow } from '../../supabase/contracts/rows/staff.ts';
import { ApiError } from '../_shared/errors.ts';
import { consoleUrl, post } from '../_shared/testing.ts';
import type { AuthAdmin } from './auth-admin.ts';
import { createHandler, type StaffDirectory } from './handler.ts';

const admin = { claims: { sub: 'admin' }, ip: '203.0.113.7', userAgent: 'test' };
const id = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
const row: StaffRow = {
  user_id: id,
  email: 'new@example.com',
  display_name: 'New',
  role: 'support',
  locale: null,
  is_active: true,
  skills: [],
  invited_at: '2026-03-01T12:00:00Z',
  last_sign_in_at: null,
  created_at: '2026-03-01T12:00:00Z',
  updated_at: '2026-03-01T12:00:00Z',
};
const url = 'http://f/staff-admin';
const invitation = { action: 'invite', email: ' New@Example.com ', display_name: 'New', role: 'support' };

let directory: { [Key in keyof StaffDirectory]: ReturnType<typeof vi.fn> };
let authAdmin: { [Key in keyof AuthAdmin]: ReturnType<typeof vi.fn> };
const handle = (body: unknown) =>
  createHandler({
    authenticate: async () => admin,
    directory: directory as unknown as StaffDirectory,
    authAdmin: authAdmin as unknown as AuthAdmin,
    consoleUrl,
  })(post(url, body));
const refusal = (code: string, hint: string) => Object.assign(new Error('refused'), { code, hint });

beforeEach(() => {
  directory = {
    requirePermission: vi.fn(async () => undefined),
    findByEmail: vi.fn(async () => null),
    invitee: vi.fn(async () => row),
    save: vi.fn(async () => row),
    change: vi.fn(async () => row),
    resetFactors: vi.fn(async () => row),
  };
  authAdmin = {
    invite: vi.fn(async () => ({ id, email: 'new@example.com', isNew: true })),
    isSetUp: vi.fn(async () => false),
    recover: vi.fn(async () => undefined),
    remove: vi.fn(async () => undefined),
  };
});

describe('invite', () => {
  it('mails the invitation and adds the member', async () => {
    const response = await handle(invitation);
    expect(response.status).toBe(200);
    expect(staffAdminResponse.parse(await response.json())).toEqual({ staff: row, mail: 'invitation' });
    expect(authAdmin.invite).toHaveBeenCalledWith('new@example.com');
    expect(directory.save).toHaveBeenCalledWith(admin, {
      id,
      email: 'new@example.com',
      displayName: 'New',
      role: 'support',
    });
  });

  it('asks the database for the permission before it mails anyone', async () => {
    directory.requirePermission.mockRejectedValue(refusal('42501', 'permission_denied'));
    const response = await handle(invitation);
    expect(response.status).toBe(403);
    expect(authAdmin.invite).not.toHaveBeenCalled();
  });

  it.each([
    { email: 'new\0@example.com' },
    { display_name: 'New\0' },
    { display_name: 'New\nBcc' },
    { display_name: '\ud800' },
  ])('refuses %j, which cannot be stored, before it mails anyone', async (field) => {
    const response = await handle({ ...invitation, ...field });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_input' });
    expect(authAdmin.invite).not.toHaveBeenCalled();
  });

  it('refuses an address that is staff already', async () => {
    directory.findByEmail.mockResolvedValue(row);
    expect((await handle(invitation)).status).toBe(409);
    expect(authAdmin.invite).not.toHaveBeenCalled();
  });

  it('takes the new user away again when he cannot be added, and leaves an old one alone', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    directory.save.mockRejectedValue(new Error('lost connection'));
    expect((await handle(invitation)).status).toBe(500);
    expect(authAdmin.remove).toHaveBeenCalledWith(id);
    authAdmin.remove.mockClear();
    authAdmin.invite.mockResolvedValue({ id, email: 'new@example.com', isNew: false });
    await handle(invitation);
    expect(authAdmin.remove).not.toHaveBeenCalled();
  });

  it.each([
    [{ ...invitation, role: 'owner' }],
    [{ ...invitation, email: 'nobody' }],
    [{ ...invitation, display_name: ' ' }],
    [{ action: 'delete', user_id: id }],
    [{ action: 'set_role', user_id: 'x', role: 'admin' }],
    [{}],
  ])('400 for %j', async (body) => {
    const response = await handle(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_input' });
  });
});

describe('changes', () => {
  it.each([
    [{ action: 'set_role', user_id: id, role: 'viewer' }, { role: 'viewer' }],
    [{ action: 'deactivate', user_id: id }, { isActive: false }],
    [{ action: 'reactivate', user_id: id }, { isActive: true }],
  ])('%j', async (body, change) => {
    expect((await handle(body)).status).toBe(200);
    expect(directory.change).toHaveBeenCalledWith(admin, id, change);
  });

  it('the last administrator stays: 409 last_admin', async () => {
    directory.change.mockRejectedValue(refusal('PT409', 'last_admin'));
    const response = await handle({ action: 'deactivate', user_id: id });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'last_admin' });
  });

  it('resets the second factor', async () => {
    expect((await handle({ action: 'reset_mfa', user_id: id })).status).toBe(200);
    expect(directory.resetFactors).toHaveBeenCalledWith(admin, id);
  });
});

describe('resend_invitation', () => {
  const resend = () => handle({ action: 'resend_invitation', user_id: id });

  it('mails the invitation again', async () => {
    expect(await (await resend()).json()).toEqual({ staff: row, mail: 'invitation' });
    expect(authAdmin.invite).toHaveBeenCalledWith(row.email);
    expect(authAdmin.recover).not.toHaveBeenCalled();
  });

  it('mails a link to choose a password when the invitation was opened and nothing set up', async () => {
    authAdmin.invite.mockRejectedValue(new ApiError('email_exists', 'confirmed'));
    const response = await resend();
    expect(staffAdminResponse.parse(await response.json())).toEqual({ staff: row, mail: 'recovery' });
    expect(authAdmin.isSetUp).toHaveBeenCalledWith(id);
    expect(authAdmin.recover).toHaveBeenCalledWith(row.email);
  });

  it('409 email_exists for who is set up, and mails nothing', async () => {
    authAdmin.invite.mockRejectedValue(new ApiError('email_exists', 'confirmed'));
    authAdmin.isSetUp.mockResolvedValue(true);
    expect((await resend()).status).toBe(409);
    expect(authAdmin.recover).not.toHaveBeenCalled();
  });

  it('429 when Auth mails no more; 404 for nobody', async () => {
    authAdmin.invite.mockRejectedValue(new ApiError('too_many_requests', 'later'));
    expect((await resend()).status).toBe(429);
    expect(authAdmin.isSetUp).not.toHaveBeenCalled();
    directory.invitee.mockResolvedValue(null);
    expect((await resend()).status).toBe(404);
  });
});
