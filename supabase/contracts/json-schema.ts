import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** A contract as JSON Schema: as a caller writes it, or as he reads it. What JSON cannot say stays open. */
export const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema =>
  z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // A format says it; the expression behind it is as long as a page.
    override: ({ jsonSchema: made }) => {
      if (made.format) delete made.pattern;
    },
  });
