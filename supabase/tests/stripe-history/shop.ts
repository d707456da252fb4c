import { randomUUID } from 'node:crypto';
import { createHandler } from '@whatautosys/edge-functions/stripe-action/handler';
import { createActionStore } from '@whatautosys/edge-functions/stripe-action/store';
import { type StripeActionName, stripeActionResponses } from '../../contracts/functions/stripe-action.ts';
import { errorBody } from '../../contracts/functions/shared.ts';
import { createTestDatabase, type Persona, type TestDatabase } from '../database.ts';
import { Random } from './random.ts';
import { createWorld, type World } from './world.ts';

type Who = 'admin' | 'support' | 'viewer';

export interface Shop {
  db: TestDatabase;
  world: World;
  personas: Record<Who, Persona>;
  /** What the console does, as that person. */
  act(who: Who, body: Record<string, unknown>): Promise<{ status: number; body: Record<string, never> }>;
  /** The next act's function is killed once Stripe has done what it asked. */
  die(): void;
  /** Hands over every event that Stripe has made. */
  deliverAll(): Promise<void>;
  /** The newest subscription. */
  row(): Promise<Record<string, any>>;
  /** The newest licence. */
  license(): Promise<Record<string, any>>;
  mrr(): Promise<number>;
}

/** A database, Stripe beside it, and one person of each role. */
export async function openShop(): Promise<Shop> {
  const db = await createTestDatabase();
  const world = await createWorld(db.sql, new Random(7));
  await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
  const personas = {
    admin: await db.addStaff('admin'),
    support: await db.addStaff('support'),
    viewer: await db.addStaff('viewer'),
  };
  let isMortal = false;
  return {
    db,
    world,
    personas,
    die() {
      isMortal = true;
    },
    async act(who, body) {
      const store = createActionStore(db.sql, world.stripe, false, () => new Date(world.standIn.now() * 1000));
      if (isMortal) {
        isMortal = false;
        const killed = async () => {
          throw new Error('killed');
        };
        const { mirror } = store;
        // What is only looked at comes before Stripe is asked.
        Object.assign(store, {
          settle: killed,
          mirror: (...[staff, wanted]: Parameters<typeof mirror>) => (staff ? killed() : mirror(staff, wanted)),
        });
      }
      const handle = createHandler({
        authenticate: async () => ({ claims: personas[who].claims, ip: '198.51.100.9', userAgent: 'vitest' }),
        store,
        stripe: world.stripe,
        consoleUrl: 'https://console.test',
        customerUrl: 'https://shop.test',
      });
      const response = await handle(
        new Request('http://functions/stripe-action', {
          method: 'POST',
          body: JSON.stringify({ request_id: randomUUID(), ...(await seenBy(db, body)), ...body }),
        }),
      );
      const answer: unknown = await response.json();
      const action = body['action'] as StripeActionName;
      // Whatever is answered, in the words of the contract and in no others.
      (response.ok ? stripeActionResponses[action] : errorBody).parse(answer);
      return { status: response.status, body: answer as never };
    },
    async deliverAll() {
      for (const event of world.standIn.events.take()) await world.deliver(event);
    },
    row: async () => (await db.sql`select * from public.subscriptions order by started_at desc limit 1`)[0]!,
    license: async () => (await db.sql`select * from public.licenses order by created_at desc limit 1`)[0]!,
    mrr: async () =>
      Number((await db.sql`select coalesce(sum(amount_cents), 0) as total from public.mrr_movements`)[0]!['total']),
  };
}

/** What a dialog that has just been opened would show. */
async function seenBy({ sql }: TestDatabase, body: Record<string, unknown>) {
  const subscriptionId = typeof body['subscription_id'] === 'string' ? body['subscription_id'] : null;
  const paymentId = typeof body['payment_id'] === 'string' ? body['payment_id'] : null;
  const [subscription] = await sql`select to_jsonb(subscriptions) as row from public.subscriptions
    where id::text = ${subscriptionId}`;
  const [payment] = await sql`select to_jsonb(payments) as row from public.payments where id::text = ${paymentId}`;
  if (body['action'] === 'refund') return { seen: payment?.['row'] ?? { ...unseen, status: 'succeeded' } };
  return { seen: subscription?.['row'] ?? unseen };
}

/** Of what does not exist. */
const at = '2026-01-01T00:00:00Z';
const unseen = {
  updated_at: at,
  status: 'active',
  plan: null,
  quantity: 1,
  amount_cents: 0,
  current_period_end: at,
  cancel_at_period_end: false,
  cancel_at: null,
  discounts: [],
  amount_refunded: 0,
  dispute_status: null,
};

/** The session behind the address that `checkout_link` answers. */
export const sessionOf = (link: { body: Record<string, unknown> }) => String(link.body['url']).split('/').at(-1)!;
