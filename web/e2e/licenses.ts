import type { Member } from './support.ts';

export interface License {
  id: string;
  email: string;
  hwid: string;
  license_key: string;
}

export const unique = () => Math.random().toString(36).slice(2, 10);
export const DAY = 86_400_000;

export async function newLicense(admin: Member, fields: Record<string, unknown> = {}): Promise<License> {
  const [email, hwid] = [`acte-${unique()}@exemple.fr`, `HWID-${unique()}`];
  const { data, error } = await admin.client.rpc('create_license', {
    email,
    hwid,
    plan: 'premium',
    send_email: false,
    ...fields,
  });
  if (error) throw error;
  return { hwid, ...(data as Omit<License, 'hwid'>) };
}
export async function stored(admin: Member, license: License): Promise<Record<string, unknown>> {
  const { data, error } = await admin.client.rpc('get_license', { license_id: license.id });
  if (error) throw error;
  return data as Record<string, unknown>;
}
