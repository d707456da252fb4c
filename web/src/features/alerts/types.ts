import type { RpcResult } from '@contracts/rpc/index.ts';

export type AlertPage = RpcResult<'list_alerts'>;
export type ListedAlert = AlertPage['rows'][number];
