import { createAuth } from './gateway/auth/server.ts';
import type { GatewayContext } from './gateway/context.ts';
import { createFunctions } from './gateway/functions/host.ts';
import { createRealtime } from './gateway/realtime/server.ts';
import { createRest } from './gateway/rest/server.ts';
import { createStorage } from './gateway/rest/storage.ts';
import type { GatewayParts } from './gateway/server.ts';

export async function createParts(context: GatewayContext, withFunctions: boolean): Promise<GatewayParts> {
  const parts: GatewayParts = {
    auth: createAuth(context),
    rest: await createRest(context),
    storage: await createStorage(context),
    realtime: createRealtime(context),
  };
  if (withFunctions) parts.functions = createFunctions(context);
  return parts;
}
