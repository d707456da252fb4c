import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { findChromium } from '@whatautosys/local/bin/chromium';
import { chromium, type Page } from 'playwright';
import postgres from 'postgres';
import ws from 'ws';
import { signIn } from './as-staff.ts';
import { distribution, openLoop } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const tails = 20;
const linesPerSecond = 500;
const batchLines = 50;
/** As the console's tail: once more after the last ring, and now and then without one. */
const afterLastRing = 300;
const withoutRing = 5_000;

interface Tail {
  /** When it had each line, by its key. */
  seen: Map<string, number>;
  twice: number;
  delivered: number;
  leftOut: number;
  end(): Promise<void>;
}

/**
 * Twenty open tails while clients write 500 lines a second: from the moment a batch is posted to the moment each tail
 * has its lines; one of them is the console in a browser, which looks for one line a second and shows it. Beside it
 * stands what nobody can undercut: the post itself.
 */
export async function benchLogTail(home: Target, seconds: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  const watcher = await signIn(home, 'viewer');
  const others: Tail[] = [];
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--disable-sync'],
  });
  try {
    const client = await newClient(sql);
    const { data } = await watcher.auth.getSession();
    const session = data.session!;
    const page = await openConsole(home, await browser.newPage(), session);
    for (let index = 1; index < tails; index += 1) others.push(await follow(home, session));
    const sent = new Map<string, number>();
    const posts: number[] = await openLoop((run) => post(home, client, run, sent), {
      perSecond: linesPerSecond / batchLines,
      seconds,
    });
    const markers = [...sent.keys()].filter((key) => key.startsWith('repere'));
    await allSeen(others, page, sent.size, markers.length);
    const waits = others.flatMap(({ seen }) => [...sent].map(([key, at]) => (seen.get(key) ?? Infinity) - at));
    const shown = await shownAt(page);
    const inBrowser = markers.map((key) => (shown[key] ?? Infinity) - (performance.timeOrigin + sent.get(key)!));
    const lost =
      waits.filter((wait) => wait === Infinity).length + inBrowser.filter((wait) => wait === Infinity).length;
    const twice = others.reduce((sum, tail) => sum + tail.twice, 0);
    const leftOut = others.reduce((sum, tail) => sum + tail.leftOut, 0);
    const delivered = (others.reduce((sum, tail) => sum + tail.delivered, 0) / others.length) * (tails / seconds);
    const [all, one] = [distribution(waits), distribution(inBrowser)];
    const at = `${tails} tails, ${linesPerSecond} lines a second for ${seconds} s: `;
    return [
      {
        name: `${at}a line in a tail, p95`,
        measured: `${all.p95.toFixed(0)} ms (p50 ${all.p50.toFixed(0)} ms, p99 ${all.p99.toFixed(0)} ms;
 the post alone p95 ${distribution(posts).p95.toFixed(0)} ms)`.replace('\n', ''),
        target: '< 600 ms',
        met: all.p95 < 600,
      },
      {
        name: `${at}a line shown in the browser, p95`,
        measured: `${one.p95.toFixed(0)} ms (p50 ${one.p50.toFixed(0)} ms)`,
        target: '< 600 ms',
        met: one.p95 < 600,
      },
      {
        name: `${at}lost or twice`,
        measured: `${lost} of ${waits.length + inBrowser.length} lost, ${twice} twice, ${leftOut} gaps`,
        target: '0',
        met: lost + twice + leftOut === 0,
      },
      {
        name: `${at}messages delivered in a second`,
        measured: delivered.toFixed(0),
        target: '< 100',
        met: delivered < 100,
      },
    ];
  } finally {
    await Promise.all(others.map((tail) => tail.end()));
    await browser.close();
    await sql.end();
  }
}

interface ReportingClient {
  license_key: string;
  hwid: string;
}

async function newClient(sql: postgres.Sql): Promise<ReportingClient> {
  await sql`update public.settings set value = '1000000' where key = 'client_report_per_minute'`;
  const hwid = `HWID-${randomUUID()}`;
  const [row] = await sql<[{ license: { license_key: string } }]>`select public.create_license(
    ${`${hwid.toLowerCase()}@example.test`}, ${hwid}, 'premium', send_email => false) as license`;
  return { license_key: row.license.license_key, hwid };
}

/** A batch, each line known by a key in its context; one a second says what the browser looks for. */
async function post(home: Target, client: ReportingClient, run: number, sent: Map<string, number>): Promise<void> {
  const isMarked = run % (linesPerSecond / batchLines) === 0;
  const keys = Array.from({ length: batchLines }, (_, index) => {
    const kind = isMarked && index === 0 ? 'repere' : 'ligne';
    return `${kind}-${run}-${index}-end`;
  });
  const body = JSON.stringify({
    ...client,
    idempotency_key: randomUUID(),
    logs: keys.map((key) => ({ level: 'info', source: 'Bench', message: `Tail ${key}` })),
  });
  const at = performance.now();
  for (const key of keys) sent.set(key, at);
  const response = await fetch(`${home.apiUrl}/functions/v1/client-report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (response.status !== 202) throw new Error(`client-report answered ${response.status} ${await response.text()}`);
  await response.body?.cancel();
}

const keyOf = (message: string) => message.replace(/^Tail /, '');

async function follow(home: Target, session: { access_token: string }): Promise<Tail> {
  const client: SupabaseClient = createClient(home.apiUrl, home.publishableKey, {
    accessToken: async () => session.access_token,
    realtime: { transport: ws as never },
  });
  const tail: Tail = { seen: new Map(), twice: 0, delivered: 0, leftOut: 0, end: async () => undefined };
  const ask = async (args: object) => {
    const { data, error } = await client.rpc('follow_logs', args);
    if (error) throw new Error(`${error.code} ${error.message}`);
    return data as { rows: { message: string }[]; cursor: string; has_more: boolean; left_out: boolean };
  };
  let { cursor } = await ask({});
  let [isPulling, isAsked] = [false, false];
  const pull = async () => {
    isAsked = true;
    if (isPulling) return;
    isPulling = true;
    while (isAsked) {
      isAsked = false;
      const answer = await ask({ cursor, most: 1_000 });
      cursor = answer.cursor;
      isAsked ||= answer.has_more;
      tail.leftOut += Number(answer.left_out);
      const at = performance.now();
      for (const { message } of answer.rows) {
        const key = keyOf(message);
        if (tail.seen.has(key)) tail.twice += 1;
        else tail.seen.set(key, at);
      }
    }
    isPulling = false;
  };
  let trailing: NodeJS.Timeout | undefined;
  const channel = client.channel('logs', { config: { private: true } }).on('broadcast', { event: 'lines' }, () => {
    tail.delivered += 1;
    void pull();
    clearTimeout(trailing);
    trailing = setTimeout(() => void pull(), afterLastRing);
  });
  await new Promise<void>((resolve, reject) =>
    channel.subscribe((status, error) => {
      if (status === 'SUBSCRIBED') resolve();
      else if (error) reject(error);
    }),
  );
  const interval = setInterval(() => void pull(), withoutRing);
  tail.end = async () => {
    clearInterval(interval);
    clearTimeout(trailing);
    await client.removeAllChannels();
  };
  return tail;
}

async function openConsole(home: Target, page: Page, session: object): Promise<Page> {
  const name = `sb-${new URL(home.apiUrl).hostname.split('.')[0]}-auth-token`;
  const value = JSON.stringify(session);
  await page.context().addInitScript(([key, text]) => localStorage.setItem(key!, text!), [name, value]);
  await page.goto(`${home.consoleUrl}/logs?q=repere`);
  await page.locator('[data-live]').getByText('En direct').waitFor();
  await page.evaluate(() => {
    const shown: Record<string, number> = {};
    Object.assign(window, { shown });
    new MutationObserver(() => {
      for (const [key] of document.body.textContent?.matchAll(/repere-\d+-\d+-end/g) ?? [])
        shown[key] ??= performance.timeOrigin + performance.now();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return page;
}

const shownAt = (page: Page) => page.evaluate(() => (window as unknown as { shown: Record<string, number> }).shown);

/** What has not come ten seconds after the last post does not come. */
async function allSeen(others: Tail[], page: Page, lines: number, markers: number): Promise<void> {
  for (let waited = 0; waited < 100; waited += 1) {
    const shown = Object.keys(await shownAt(page)).length;
    if (shown >= markers && others.every(({ seen }) => seen.size >= lines)) return;
    await sleep(100);
  }
}
