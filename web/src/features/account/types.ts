import type { OwnAccount } from '@contracts/rpc/account.ts';

export type { OwnAccount };
export type OwnSession = OwnAccount['sessions'][number];
export type OwnFactor = OwnAccount['factors'][number];
