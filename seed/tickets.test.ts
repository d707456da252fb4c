import { describe, expect, it } from 'vitest';
import { makeDemoData } from './demo-data.ts';
import { makeTickets } from './tickets.ts';

const now = new Date('2026-11-22T10:00:00Z');
const day = 86_400_000;

describe('makeTickets()', () => {
  const data = makeDemoData({ count: 500, now });
  const tickets = makeTickets(data, { now });
  const age = ({ created_at }: { created_at: string }) => (now.getTime() - Date.parse(created_at)) / day;

  it('makes the same requests twice', () => {
    expect(makeTickets(data, { now })).toEqual(tickets);
  });

  it('spreads 400 over 14 months, some in each, more of them lately', () => {
    expect(tickets).toHaveLength(400);
    const months = Array.from({ length: 14 }, (_, month) =>
      tickets.filter((ticket) => Math.floor(age(ticket) / 30.5) === month),
    );
    expect(months.every((some) => some.length > 0)).toBe(true);
    expect(months.slice(0, 7).flat().length).toBeGreaterThan(2 * months.slice(7).flat().length);
    expect(Math.max(...tickets.map(age))).toBeGreaterThan(395);
  });

  it('has them written by who has had a licence for a day, and nothing said after now', () => {
    const issued = new Map(data.licenses.map(({ id, issued_at }) => [id, issued_at]));
    for (const { license_id, created_at, messages, resolved_at, closed_at } of tickets) {
      expect(Date.parse(created_at)).toBeGreaterThan(Date.parse(issued.get(license_id!)!));
      for (const at of [...messages.map((said) => said.at), resolved_at, closed_at])
        if (at !== null) expect(Date.parse(at)).toBeLessThanOrEqual(now.getTime());
    }
  });

  it('makes fewer, and of few licences', () => {
    expect(makeTickets(data, { now, count: 3 })).toHaveLength(3);
    expect(makeTickets(makeDemoData({ count: 1, now }), { now, count: 20 })).toHaveLength(20);
  });
});
