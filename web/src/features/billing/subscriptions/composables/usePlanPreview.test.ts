// @vitest-environment node
import { flushPromises } from '@vue/test-utils';
import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref, type EffectScope } from 'vue';
import type { PlanCode } from '@/shared/plans.ts';
import type { InvoicePreview } from '@contracts/functions/stripe-action.ts';
import { PREVIEW_MS, usePlanPreview } from './usePlanPreview.ts';

const preview = (amount_due_cents: number): InvoicePreview => ({
  amount_due_cents,
  currency: 'EUR',
  proration_date: 1_763_900_000,
  lines: [],
  discount_cents: 0,
  tax_cents: 0,
  balance_cents: 0,
  next_amount_cents: 9900,
  next_payment_at: null,
});

describe('usePlanPreview()', () => {
  let scope: EffectScope;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T10:00:00Z') });
    scope = effectScope();
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });

  function start(ask: (subscriptionId: string, plan: PlanCode) => Promise<InvoicePreview>) {
    const wanted = ref<PlanCode>();
    const now = ref(new Date());
    const state = scope.run(() => usePlanPreview(() => 'sub', wanted, now, ask))!;
    const choose = async (plan: PlanCode) => {
      wanted.value = plan;
      await nextTick();
    };
    return { state, now, choose };
  }

  it('asks nothing before a plan is chosen', async () => {
    const ask = vi.fn();
    start(ask);
    await flushPromises();
    expect(ask).not.toHaveBeenCalled();
  });
  it('shows what the chosen plan costs', async () => {
    const { state, choose } = start(async (_id, plan) => preview(plan === 'enterprise' ? 7000 : 0));
    await choose('enterprise');
    await flushPromises();
    expect(state.data.value?.amount_due_cents).toBe(7000);
    expect(state.pending.value).toBe(false);
  });
  it('drops the answer to an earlier choice that comes last', async () => {
    const answers = new Map<PlanCode, (preview: InvoicePreview) => void>();
    const { state, choose } = start((_id, plan) => new Promise((resolve) => answers.set(plan, resolve)));
    await choose('enterprise');
    await choose('starter');
    answers.get('starter')!(preview(0));
    await flushPromises();
    answers.get('enterprise')!(preview(7000));
    await flushPromises();
    expect(state.data.value?.amount_due_cents).toBe(0);
  });
  it('shows no amount while the next choice is asked, nor after it failed', async () => {
    let fails = false;
    const { state, choose } = start(async () => {
      if (fails) throw new Error('plan_has_no_price');
      return preview(7000);
    });
    await choose('enterprise');
    await flushPromises();
    fails = true;
    await choose('starter');
    expect(state.data.value).toBeUndefined();
    await flushPromises();
    expect(state.data.value).toBeUndefined();
    expect(state.error.value).toBeInstanceOf(Error);
  });
  it('is stale after five minutes, until it is asked again', async () => {
    const { state, now, choose } = start(async () => preview(7000));
    await choose('enterprise');
    await flushPromises();
    now.value = new Date(Date.now() + PREVIEW_MS);
    expect(state.isStale.value).toBe(false);
    vi.setSystemTime(Date.now() + PREVIEW_MS + 1);
    now.value = new Date();
    expect(state.isStale.value).toBe(true);
    await state.reload();
    expect(state.isStale.value).toBe(false);
  });
});
