import { z } from 'zod';

/** What every function answers when it refuses or fails; clients branch on `code`. */
export const errorBody = z.strictObject({
  code: z.string().meta({ description: 'Stable; what a client branches on' }),
  message: z.string().meta({ description: 'For whoever develops; never to be parsed' }),
  details: z.unknown().meta({ description: 'What more is known of the failure, or null' }),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** Text that PostgreSQL can hold: anything without NUL. */
export const storable = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain NUL');
