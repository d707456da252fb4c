import { ApiError } from '../errors.ts';
import { refuseUnstorable } from '../requests.ts';

type Kind = 'text' | 'number' | 'boolean' | 'texts' | 'object' | 'size';
interface Shape {
  method: string;
  path: RegExp;
  required: Record<string, Kind>;
  optional: Record<string, Kind>;
}

const bucket: Record<string, Kind> = {
  id: 'text',
  name: 'text',
  type: 'text',
  public: 'boolean',
  file_size_limit: 'size',
  allowed_mime_types: 'texts',
};
const places: Record<string, Kind> = { bucketId: 'text', sourceKey: 'text', destinationKey: 'text' };
const search: Record<string, Kind> = { limit: 'number', offset: 'number', search: 'text', sortBy: 'object' };

/** Bodies that are JSON, by route below `/storage/v1`. Source: the schemas of supabase/storage, src/http/routes. */
const shapes: Shape[] = [
  { method: 'POST', path: /^\/bucket\/?$/, required: { name: 'text' }, optional: bucket },
  { method: 'PUT', path: /^\/bucket\/[^/]+$/, required: {}, optional: bucket },
  {
    method: 'POST',
    path: /^\/object\/sign\/[^/]+$/,
    required: { expiresIn: 'number', paths: 'texts' },
    optional: {},
  },
  {
    method: 'POST',
    path: /^\/object\/sign\/[^/]+\/.+$/,
    required: { expiresIn: 'number' },
    optional: { transform: 'object' },
  },
  { method: 'POST', path: /^\/object\/list\/[^/]+$/, required: { prefix: 'text' }, optional: search },
  {
    method: 'POST',
    path: /^\/object\/list-v2\/[^/]+$/,
    required: {},
    optional: { prefix: 'text', limit: 'number', cursor: 'text', with_delimiter: 'boolean', sortBy: 'object' },
  },
  { method: 'POST', path: /^\/object\/move$/, required: places, optional: { destinationBucket: 'text' } },
  {
    method: 'POST',
    path: /^\/object\/copy$/,
    required: places,
    optional: { destinationBucket: 'text', copyMetadata: 'boolean', metadata: 'object' },
  },
  { method: 'DELETE', path: /^\/object\/[^/]+$/, required: { prefixes: 'texts' }, optional: {} },
];

const isOf: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  boolean: (value) => typeof value === 'boolean',
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  size: (value) => typeof value === 'string' || (Number.isSafeInteger(value) && (value as number) >= 0),
};

/** lite answers 500 to bodies it does not expect; hosted refuses them by their schemas. */
export function checkStorageBody(method: string, path: string, body: Uint8Array | null): void {
  const shape = shapes.find((item) => item.method === method && item.path.test(path));
  if (!shape) return;
  let sent: unknown;
  try {
    sent = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body ?? new Uint8Array()), refuseUnstorable);
  } catch (cause) {
    throw new ApiError(400, 'InvalidRequest', 'Body is not valid JSON', { cause });
  }
  if (!isOf.object(sent)) throw new ApiError(400, 'InvalidRequest', 'body must be object');
  const fields = sent as Record<string, unknown>;
  for (const name of Object.keys(shape.required))
    if (fields[name] === undefined)
      throw new ApiError(400, 'InvalidRequest', `body must have required property '${name}'`);
  for (const [name, kind] of Object.entries({ ...shape.optional, ...shape.required })) {
    const value = fields[name];
    const isLeftOut = value === undefined || (value === null && !(name in shape.required));
    if (!isLeftOut && !isOf[kind](value)) throw new ApiError(400, 'InvalidRequest', `body/${name} must be ${kind}`);
  }
}
