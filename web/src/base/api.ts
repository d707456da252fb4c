import type { RpcArgs, RpcName, RpcResult } from '@contracts/rpc/index.ts';
import type { SupabaseClient } from '@supabase/supabase-js';
import { functionError, toAppError } from './errors.ts';
import { supabase } from './supabase.ts';

// The contract knows what the generated types cannot: which arguments may be null.
const untyped: SupabaseClient = supabase;

interface Answer<T> {
  data: T;
  error: unknown;
  status?: number;
}

/** Unwraps a supabase-js answer; throws `AppError`. */
export async function unwrap<T>(request: PromiseLike<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, status } = await request;
  if (error) throw toAppError(error, status);
  return data as NonNullable<T>;
}

/** Calls a SQL function as its contract says. Arguments that are undefined take the function's default. */
export async function callRpc<Name extends RpcName>(
  name: Name,
  args: RpcArgs<Name>,
  signal?: AbortSignal,
): Promise<RpcResult<Name>> {
  const request = untyped.rpc(name, args);
  const { data, error, status } = await (signal ? request.abortSignal(signal) : request);
  if (error) throw toAppError(error, status);
  return data as RpcResult<Name>;
}

/** Calls an Edge Function that answers JSON; throws `AppError` with the function's code. */
export async function callFunction<T>(name: string, body: Record<string, unknown>): Promise<T> {
  const { data, error } = await supabase.functions.invoke<T>(name, { body });
  if (error) throw await functionError(error);
  return data as T;
}
