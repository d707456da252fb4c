import type { z } from 'zod';
import { accountRpc } from './account.ts';
import { alertRpc } from './alerts.ts';
import { auditRpc } from './audit.ts';
import { customerRpc } from './customers.ts';
import { importRpc } from './imports.ts';
import { licenseRpc } from './licenses.ts';
import { logExportRpc } from './log-exports.ts';
import { logRuleRpc } from './log-rules.ts';
import { logRpc } from './logs.ts';
import { metricRpc } from './metrics.ts';
import { paymentRpc } from './payments.ts';
import { reportRpc } from './reports.ts';
import { riskRpc } from './risks.ts';
import { searchRpc } from './search.ts';
import { staffRpc } from './staff.ts';
import { stripeRpc } from './stripe.ts';
import { subscriptionRpc } from './subscriptions.ts';
import { supportHoursRpc } from './support-hours.ts';
import { ticketRpc } from './tickets.ts';
import { usageRpc } from './usage.ts';

/** Every function that the API exposes: what goes in and what comes out. */
export const rpc = {
  ...accountRpc,
  ...alertRpc,
  ...auditRpc,
  ...customerRpc,
  ...importRpc,
  ...licenseRpc,
  ...logRpc,
  ...logExportRpc,
  ...logRuleRpc,
  ...metricRpc,
  ...paymentRpc,
  ...reportRpc,
  ...riskRpc,
  ...searchRpc,
  ...staffRpc,
  ...stripeRpc,
  ...subscriptionRpc,
  ...supportHoursRpc,
  ...ticketRpc,
  ...usageRpc,
};

export type Rpc = typeof rpc;
export type RpcName = keyof Rpc;
export type RpcArgs<Name extends RpcName> = z.input<Rpc[Name]['args']>;
export type RpcResult<Name extends RpcName> = z.output<Rpc[Name]['result']>;
