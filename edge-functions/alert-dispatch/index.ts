import { connect } from '../_shared/database.ts';
import { optional, required } from '../_shared/environment.ts';
import { slack, telegram } from './channels.ts';
import { createHandler } from './handler.ts';
import type { Alert } from './messages.ts';
import { words } from './words/index.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'alert-dispatch');
const [token, chatId, slackUrl] = [
  optional('TELEGRAM_BOT_TOKEN', ''),
  optional('TELEGRAM_CHAT_ID', ''),
  optional('SLACK_WEBHOOK_URL', ''),
];

Deno.serve(
  createHandler({
    channels: [
      ...(token && chatId
        ? [telegram({ apiBase: optional('TELEGRAM_API_BASE', 'https://api.telegram.org'), token, chatId })]
        : []),
      ...(slackUrl ? [slack({ url: slackUrl })] : []),
    ],
    claim: (channel) => sql<Alert[]>`select * from private.claim_alerts(${channel})`,
    async settle(channel, alertIds, result) {
      const error = result.outcome === 'sent' ? null : result.error;
      const wait = result.outcome === 'retry' ? (result.retryAfterSeconds ?? null) : null;
      await sql`select private.settle_alerts(${channel}, ${alertIds}, ${result.outcome}, ${error}, ${wait})`;
    },
    words,
    cronSecret: required('CRON_SECRET'),
    consoleUrl: required('CONSOLE_URL'),
  }),
);
