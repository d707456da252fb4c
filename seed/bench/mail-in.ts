import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { postMail } from '../mails.ts';
import { distribution, median, openLoop, throughput } from './measure.ts';
import type { Finding } from './report.ts';

const perSecond = 20;
const seconds = 15;
const callers = 8;
const rounds = 3;

/**
 * Mails as Inbound Parse posts them, each of somebody else, at twenty a second: none is lost. Against what the database
 * files by itself, in turn.
 */
export async function benchMailIn(home: { dbUrl: string; mailWebhook: string }): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: callers, onnotice: () => undefined });
  const posted: string[] = [];
  const overHttp = async () => {
    const key = randomUUID();
    const response = await postMail(home.mailWebhook, {
      from: `${key}@example.com`,
      subject: 'QR Code',
      text: `Bonjour,\r\n\r\n${key}\r\n\r\n> ${'cité '.repeat(200)}`,
      messageId: `${key}@example.com`,
    });
    if (!response.ok) throw new Error(`mail-inbound answered ${response.status} ${await response.text()}`);
    await response.body?.cancel();
    posted.push(`${key}@example.com`);
  };
  const inSql = async () => {
    const key = randomUUID();
    const mail = {
      fingerprint: key.replaceAll('-', '').repeat(2),
      kind: 'human',
      message_id: `${key}@example.com`,
      from_address: `${key}@example.com`,
      subject: 'QR Code',
      body: `Bonjour,\n\n${key}`,
      quoted: 'cité '.repeat(200),
    };
    await sql`select private.receive_ticket_mail(${JSON.stringify(mail)}::text::jsonb)`;
  };
  try {
    await throughput(overHttp, { concurrency: callers, seconds: 2 });
    const [rates, ratios]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const ceiling = await throughput(inSql, { concurrency: callers, seconds: 3 });
      const rate = await throughput(overHttp, { concurrency: callers, seconds: 3 });
      rates.push(rate);
      ratios.push(rate / ceiling);
    }
    const latency = distribution(await openLoop(overHttp, { perSecond, seconds }));
    const [kept] = await sql<[{ count: number }]>`select count(*)::int as count from public.ticket_messages
      where message_id = any(${posted}::text[])`;
    const lost = posted.length - kept.count;
    return [
      {
        name: 'mails in a second',
        measured: `${median(rates).toFixed(0)} (${(median(ratios) * 100).toFixed(0)} % of the database alone)`,
        target: `≥ ${perSecond}`,
        met: median(rates) >= perSecond,
      },
      {
        name: `mails in at ${perSecond} a second, p95`,
        measured: `${latency.p95.toFixed(1)} ms (p50 ${latency.p50.toFixed(1)} ms; ${lost} of ${posted.length} lost)`,
        target: '0 lost',
        met: lost === 0,
      },
    ];
  } finally {
    await sql.end();
  }
}
