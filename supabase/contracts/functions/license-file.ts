import { z } from 'zod';
import { id } from '../scalars.ts';

/** Answers the text of `license.key`. */
export const licenseFile = {
  auth: 'staff',
  request: z.object({ license_id: id }),
  response: z.string().startsWith('-----BEGIN LICENSE FILE-----\n').endsWith('\n-----END LICENSE FILE-----\n'),
  errors: ['permission_denied', 'license_not_found', 'license_revoked', 'license_suspended', 'license_expired'],
} as const;
