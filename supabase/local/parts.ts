import { existsSync } from 'node:fs';
import { createAuth } from './gateway/auth/server.ts';
import type { GatewayContext, GatewayPart } from './gateway/context.ts';
import { createFunctions } from './gateway/functions/host.ts';
import { createRest } from './gateway/rest/server.ts';
import { createStorage } from './gateway/rest/storage.ts';
import type { GatewayParts } from './gateway/server.ts';

const realtime = new URL('./gateway/realtime/server.ts', import.meta.url);

export async function createParts(context: GatewayContext, withFunctions: boolean): Promise<GatewayParts> {
  const parts: GatewayParts = { auth: createAuth(context), rest: await createRest(context), storage: await createStorage(context) };
  if (withFunctions) parts.functions = createFunctions(context);
  if (existsSync(realtime)) {
    const { createRealtime } = (await import(realtime.href)) as { createRealtime(context: GatewayContext): GatewayPart | Promise<GatewayPart> };
    parts.realtime = await createRealtime(context);
  }
  return parts;
}
