import type { ErrorCode } from '../error-codes.generated.ts';
import { alertDispatch } from './alert-dispatch.ts';
import { attachmentCheck } from './attachment-check.ts';
import { auditSeal } from './audit-seal.ts';
import { auditVerify } from './audit-verify.ts';
import { clientReport } from './client-report.ts';
import { clientSession } from './client-session.ts';
import { clientTicket } from './client-ticket.ts';
import { health } from './health.ts';
import { licenseCheck } from './license-check.ts';
import { licenseFile } from './license-file.ts';
import { logExport } from './log-export.ts';
import { logIngest } from './log-ingest.ts';
import { loginAs } from './login-as.ts';
import { mailDispatch } from './mail-dispatch.ts';
import { mailEvents } from './mail-events.ts';
import { mailInbound } from './mail-inbound.ts';
import { reportDispatch } from './report-dispatch.ts';
import { staffAdmin } from './staff-admin.ts';
import { stripeAction } from './stripe-action.ts';
import { stripeSync } from './stripe-sync.ts';
import { stripeWebhook } from './stripe-webhook.ts';
import { ticketAttachments } from './ticket-attachments.ts';

/** Every edge function, by the name it is called by: who may call, what goes in, what comes out, how it refuses. */
export const functions = {
  'alert-dispatch': alertDispatch,
  'attachment-check': attachmentCheck,
  'audit-seal': auditSeal,
  'audit-verify': auditVerify,
  'client-report': clientReport,
  'client-session': clientSession,
  'client-ticket': clientTicket,
  health,
  'license-check': licenseCheck,
  'license-file': licenseFile,
  'log-export': logExport,
  'log-ingest': logIngest,
  'login-as': loginAs,
  'mail-dispatch': mailDispatch,
  'mail-events': mailEvents,
  'mail-inbound': mailInbound,
  'report-dispatch': reportDispatch,
  'staff-admin': staffAdmin,
  'stripe-action': stripeAction,
  'stripe-sync': stripeSync,
  'stripe-webhook': stripeWebhook,
  'ticket-attachments': ticketAttachments,
} as const satisfies Record<string, { errors: readonly ErrorCode[] }>;
