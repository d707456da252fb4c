import type { AlertResponse } from '../../supabase/contracts/functions/alert-dispatch.ts';
import { forCron } from '../_shared/cron.ts';
import type { Handler } from '../_shared/http.ts';
import type { Channel } from './channels.ts';
import { type Alert, renderAlerts } from './messages.ts';
import type { AlertWords } from './words.ts';

export interface Dependencies {
  /** Only those that are configured. */
  channels: Channel[];
  claim(channel: Channel['name']): Promise<Alert[]>;
  settle(
    channel: Channel['name'],
    alertIds: string[],
    outcome: 'sent' | 'retry' | 'failed',
    error: string | null,
  ): Promise<void>;
  words: Record<string, AlertWords>;
  cronSecret: string;
  consoleUrl: string;
}

/**
 * POST with `x-cron-secret` → sends each new warning and error once on each configured channel,
 * as one message when there are many → 200 `{telegram?: {sent, retry, failed}, slack?: …}`.
 * A message whose worker died in between is not sent again. 401 on a wrong secret.
 */
export function createHandler({ channels, claim, settle, words, cronSecret, consoleUrl }: Dependencies): Handler {
  return forCron<AlertResponse>(cronSecret, async () => {
    const report = await Promise.all(
      channels.map(async (channel) => {
        const counts = { sent: 0, retry: 0, failed: 0 };
        for (const { ids, text } of renderAlerts(await claim(channel.name), words, consoleUrl)) {
          const result = await channel.send(text);
          await settle(channel.name, ids, result.outcome, result.outcome === 'sent' ? null : result.error);
          counts[result.outcome] += ids.length;
        }
        return [channel.name, counts] as const;
      }),
    );
    return Object.fromEntries(report);
  });
}
