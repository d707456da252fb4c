import { errorCodes } from '../../supabase/contracts/error-codes.generated.ts';
import { functions } from '../../supabase/contracts/functions/index.ts';
import {
  clientReport,
  clientReportRequest,
  clientReportResponse,
} from '../../supabase/contracts/functions/client-report.ts';
import {
  clientSession,
  clientSessionRequest,
  clientSessionResponse,
} from '../../supabase/contracts/functions/client-session.ts';
import {
  clientTicket,
  clientTicketRequest,
  clientTicketResponse,
  clientTicketsResponse,
  sessionTicketRequest,
} from '../../supabase/contracts/functions/client-ticket.ts';
import { health, healthResponse } from '../../supabase/contracts/functions/health.ts';
import {
  checkRequest,
  checkResponse,
  keysResponse,
  licenseCheck,
  sessionCheckRequest,
} from '../../supabase/contracts/functions/license-check.ts';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { type JsonSchema, jsonSchema } from '../../supabase/contracts/json-schema.ts';

/** Rises with the contract: the first number when a client must change, the second when it may. */
const version = '1.2.0';

const schemas: Record<string, JsonSchema> = {
  CheckRequest: jsonSchema(checkRequest, 'input'),
  SessionCheckRequest: jsonSchema(sessionCheckRequest, 'input'),
  CheckResponse: jsonSchema(checkResponse, 'output'),
  KeysResponse: jsonSchema(keysResponse, 'output'),
  ClientReportRequest: jsonSchema(clientReportRequest, 'input'),
  ClientReportResponse: jsonSchema(clientReportResponse, 'output'),
  ClientSessionRequest: jsonSchema(clientSessionRequest, 'input'),
  ClientSessionResponse: jsonSchema(clientSessionResponse, 'output'),
  ClientTicketRequest: jsonSchema(clientTicketRequest, 'input'),
  SessionTicketRequest: jsonSchema(sessionTicketRequest, 'input'),
  ClientTicketResponse: jsonSchema(clientTicketResponse, 'output'),
  ClientTicketsResponse: jsonSchema(clientTicketsResponse, 'output'),
  HealthResponse: jsonSchema(healthResponse, 'output'),
  Error: jsonSchema(errorBody, 'output'),
};
for (const schema of Object.values(schemas)) {
  delete schema.$schema;
  open(schema);
}

/** We answer with no field more than the contract's; a client lets go those that a later one may bring. */
function open(schema: JsonSchema): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  const inner = [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? []), schema.items];
  for (const one of inner) if (typeof one === 'object' && !Array.isArray(one)) open(one);
}

const json = (name: keyof typeof schemas) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${name}` } },
});
/** A body that needs neither key nor machine when a session stands for both. */
const eitherJson = (...names: (keyof typeof schemas)[]) => ({
  'application/json': { schema: { anyOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) } },
});
/** Nothing, or the session of staff in a customer's name. */
const orSession = [{}, { clientSession: [] }];
const answer = (description: string, name: keyof typeof schemas, headers?: object) => ({
  description,
  ...(headers ? { headers } : {}),
  content: json(name),
});
const header = (description: string, type: 'string' | 'integer' = 'string') => ({
  description,
  required: true,
  schema: { type },
});

/** One answer for each status, its codes in the description: that is how OpenAPI files errors. */
function refusals(codes: readonly (keyof typeof errorCodes)[]): Record<string, object> {
  const all = [...codes, 'unexpected_failure' as const];
  const statuses = [...new Set(all.map((code) => errorCodes[code].status))].sort((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => {
      const some = all.filter((code) => errorCodes[code].status === status).map((code) => `\`${code}\``);
      const headers = status === 429 ? { 'retry-after': header('Seconds to wait', 'integer') } : undefined;
      return [String(status), answer(some.join(', '), 'Error', headers)];
    }),
  );
}

const signed = {
  'x-signature': header('Ed25519 over the bytes of the body as they came, standard base64'),
  'x-key-id': header('The `kid` of the key that signed'),
};

const parameter = (place: 'header' | 'query', name: string, description: string, format?: string) => ({
  in: place,
  name,
  description,
  // Of headers it depends: a session stands for both.
  required: false,
  schema: { type: 'string', ...(format ? { format } : {}) },
});

/** What others than the console call, as OpenAPI says it; made of the contracts alone. */
export const openApi = {
  openapi: '3.1.1',
  info: {
    title: 'WhatAutosys licence service',
    version,
    description: 'What the desktop client and monitors call. How to use it: docs/api/client.md.',
  },
  servers: [
    {
      url: 'https://{project}.supabase.co/functions/v1',
      variables: { project: { default: 'project-ref', description: 'The project that runs the service' } },
    },
    { url: 'http://127.0.0.1:54321/functions/v1', description: 'On a developer’s machine' },
  ],
  paths: {
    '/license-check': {
      post: {
        operationId: 'checkLicense',
        summary: 'Whether this machine may run, in a signed answer',
        security: orSession,
        requestBody: { required: true, content: eitherJson('CheckRequest', 'SessionCheckRequest') },
        responses: {
          200: answer('Signed; a licence that is not valid is answered so too', 'CheckResponse', signed),
          ...refusals(licenseCheck.errors),
        },
      },
    },
    '/license-check/keys': {
      get: {
        operationId: 'listPublicKeys',
        summary: 'The public keys that prove answers and files',
        security: [],
        responses: { 200: answer('May be kept for an hour', 'KeysResponse'), ...refusals(['method_not_allowed']) },
      },
    },
    '/client-report': {
      post: {
        operationId: 'sendReport',
        summary: 'What the product was used for, and its lines of the log',
        security: [],
        requestBody: { required: true, content: json('ClientReportRequest') },
        responses: {
          202: answer('It is kept, once, however often it is sent', 'ClientReportResponse'),
          ...refusals(clientReport.errors),
        },
      },
    },
    '/client-session': {
      post: {
        operationId: 'redeemSession',
        summary: 'A session of staff in a customer’s name, for the token of whatautosys://session#…, once',
        security: [],
        requestBody: { required: true, content: json('ClientSessionRequest') },
        responses: {
          200: answer('The session, and what is shown as long as it lasts', 'ClientSessionResponse'),
          ...refusals(clientSession.errors),
        },
      },
    },
    '/client-ticket': {
      post: {
        operationId: 'writeTicket',
        summary: 'Opens a ticket of support, or goes on in one',
        security: orSession,
        requestBody: { required: true, content: eitherJson('ClientTicketRequest', 'SessionTicketRequest') },
        responses: {
          201: answer('It is there, once, however often it is sent', 'ClientTicketResponse'),
          ...refusals(clientTicket.errors),
        },
      },
      get: {
        operationId: 'pollTickets',
        summary: 'The tickets of a licence, with what its own machine may read of them since the last poll',
        security: orSession,
        parameters: [
          parameter('header', 'x-license-key', 'Needed without a session; as typed'),
          parameter('header', 'x-hwid', 'Needed without a session; the hardware identifier, UTF-8'),
          parameter('query', 'after', '`after` of the last answer; everything without', 'date-time'),
        ],
        responses: {
          200: answer('To another machine without any history', 'ClientTicketsResponse'),
          ...refusals([
            'invalid_input',
            'session_ended',
            'license_not_found',
            'not_found',
            'method_not_allowed',
            'too_many_requests',
          ]),
        },
      },
    },
    '/health': {
      get: {
        operationId: 'checkHealth',
        summary: 'Whether the service can answer',
        security: [],
        responses: {
          200: answer('It can', 'HealthResponse'),
          503: answer('It cannot: the database does not answer', 'HealthResponse'),
          ...refusals(health.errors),
        },
      },
    },
  },
  components: {
    schemas,
    securitySchemes: {
      clientSession: {
        type: 'http',
        scheme: 'bearer',
        description: 'A session of staff in a customer’s name: stands for licence key and hardware identifier',
      },
    },
  },
};

/** Functions that nobody needs a token or a secret for, and that are therefore described above. */
export const openFunctions = Object.entries(functions).flatMap(([name, { auth }]) => (auth === 'none' ? [name] : []));

export const openApiText = `${JSON.stringify(openApi, null, 2)}\n`;
