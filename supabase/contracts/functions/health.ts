import { z } from 'zod';
import { instant } from '../scalars.ts';

const state = z.enum(['ok', 'unavailable']);

export const healthResponse = z.strictObject({
  status: state.meta({ description: 'Of the whole: 503 when unavailable' }),
  database: state,
  schema: z.enum(['current', 'other', 'unknown']).meta({
    description: 'Whether the migrations in the database are those the functions were deployed with',
  }),
  answers_by_mail: z.boolean().meta({
    description: 'Whether answers of support say where they are answered: SUPPORT_REPLY_TO is set',
  }),
  time: instant,
});
export type HealthResponse = z.infer<typeof healthResponse>;

export const health = {
  auth: 'none',
  request: z.null(),
  response: healthResponse,
  errors: ['method_not_allowed'],
} as const;
