import { z } from 'zod';
import { licenseStatuses } from '../constants/licenses.ts';
import { id, planCode } from '../scalars.ts';

export const searchRpc = {
  find_anything: {
    args: z.strictObject({ query: z.string() }),
    result: z.strictObject({
      licenses: z.array(
        z.strictObject({
          id,
          email: z.string(),
          license_key_hint: z.string(),
          plan: planCode,
          status: z.enum(licenseStatuses),
        }),
      ),
      customers: z.array(z.strictObject({ id, email: z.string(), name: z.string().nullable() })),
    }),
  },
} as const;
