import type { AlertResponse } from '../../supabase/contracts/functions/alert-dispatch.ts';
import { forCron } from '../_shared/cron.ts';
import type { Handler } from '../_shared/http.ts';
import type { Channel, Outcome } from './channels.ts';
import { type Alert, renderAlerts } from './messages.ts';
import type { AlertWords } from './words.ts';
import { logError } from '../_shared/log.ts';

export interface Dependencies {
  /** Only those that are configured. */
  channels: Channel[];
  claim(channel: Channel['name']): Promise<Alert[]>;
  settle(channel: Channel['name'], alertIds: string[], result: Outcome): Promise<void>;
  words: Record<string, AlertWords>;
  cronSecret: string;
  consoleUrl: string;
}

/**
 * POST with `x-cron-secret` → sends each new warning and error once on each configured channel,
 * as one message when there are many → 200 `{telegram?: {sent, retry, failed}, slack?: …}`.
 * Each message by itself: one that cannot be sent or settled leaves the others theirs. Once a
 * messenger asks us to wait, what is left waits too. A message whose worker died in between is
 * not sent again. 401 on a wrong secret.
 */
export function createHandler({ channels, claim, settle, words, cronSecret, consoleUrl }: Dependencies): Handler {
  return forCron<AlertResponse>(cronSecret, async () => {
    const report = await Promise.all(
      channels.map(async (channel) => {
        const counts = { sent: 0, retry: 0, failed: 0 };
        let asked: Outcome | undefined;
        for (const { ids, text } of renderAlerts(await claim(channel.name), words, consoleUrl)) {
          const result = asked ?? (await send(channel, text));
          if (result.outcome === 'retry' && result.retryAfterSeconds) asked = result;
          counts[result.outcome] += ids.length;
          await settle(channel.name, ids, result).catch((error: unknown) =>
            logError(`alerts sent on ${channel.name} could not be settled`, ids, error),
          );
        }
        return [channel.name, counts] as const;
      }),
    );
    return Object.fromEntries(report);
  });
}

const send = ({ send }: Channel, text: string): Promise<Outcome> =>
  send(text).catch((error: unknown) => ({ outcome: 'failed', error: String(error) }));
