import postgres from 'postgres';
import { Pool } from 'undici';
import type { Finding } from './report.ts';
import { distribution, median, openLoop, throughput } from './measure.ts';

interface Client {
  license_key: string;
  hwid: string;
}

/** To the database: the function's pool has as many. */
const connections = 2;
/** Desktop clients asking at once. */
const callers = 32;
/** Short turns, many of them: a machine's speed changes by the second. */
const seconds = 1.5;
const rounds = 12;

/**
 * The endpoint, through the gateway, against its ceiling: the two statements it consists of,
 * prepared, over as many connections. Both are measured in turn, so that a slow moment of the
 * machine meets both.
 */
export async function benchLicenseCheck(home: { apiUrl: string; dbUrl: string }): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: connections, onnotice: () => undefined });
  await sql`update public.settings set value = '1000000' where key = 'license_check_per_minute'`;
  const clients = await sql<Client[]>`
    select private.decrypt_secret(license_key_encrypted, private.secret('license_key_key')) as license_key,
      private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) as hwid
    from private.license_secrets limit 2000`;
  // Clients have an address each, as customers do: from one address they would queue for its counter.
  const addresses = Array.from(
    { length: 50 },
    (_, index) => new Pool(home.apiUrl, { connections: 8, localAddress: `127.0.1.${index + 1}` }),
  );
  let next = 0;
  const client = () => clients[next++ % clients.length]!;
  const overHttp = (loop: number) => check(addresses[loop % addresses.length]!, client());
  const inSql = async (loop: number) => {
    const { license_key, hwid } = client();
    await sql`select * from private.admit_license_check(${`127.0.0.${loop}`}, ${license_key})`;
    await sql`select * from private.check_license(${license_key}, ${hwid}, ${'1.4.2'}, ${'Windows 11'})`;
  };
  try {
    await throughput(overHttp, { concurrency: callers, seconds: 3 });
    await throughput(inSql, { concurrency: connections, seconds: 1 });
    const ratios: number[] = [];
    const rates: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const ceiling = await throughput(inSql, { concurrency: connections, seconds });
      const rate = await throughput(overHttp, { concurrency: callers, seconds });
      rates.push(rate);
      ratios.push(rate / ceiling);
    }
    const latency = distribution(await openLoop(overHttp, { perSecond: 500, seconds: 10 }));
    return [
      {
        name: 'licence check, share of two prepared statements',
        measured: `${(median(ratios) * 100).toFixed(0)} % (${median(rates).toFixed(0)} checks/s)`,
        target: '≥ 50 %',
        met: median(ratios) >= 0.5,
      },
      {
        name: 'licence check, p99 at 500 a second',
        measured: `${latency.p99.toFixed(1)} ms (p50 ${latency.p50.toFixed(1)} ms)`,
        target: '< 25 ms',
        met: latency.p99 < 25,
      },
    ];
  } finally {
    await Promise.all(addresses.map((address) => address.destroy()));
    await sql.end();
  }
}

/**
 * One POST, its answer read and thrown away: asking costs as little as it can, as it shares the machine with who
 * answers.
 */
function check(address: Pool, client: Client): Promise<void> {
  const body = JSON.stringify({ ...client, client_version: '1.4.2', os: 'Windows 11', nonce: '0123456789abcdef' });
  return new Promise((resolve, reject) => {
    let status = 0;
    address.dispatch(
      { path: '/functions/v1/license-check', method: 'POST', headers: ['content-type', 'application/json'], body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => void (status = statusCode),
        onResponseData: () => undefined,
        onResponseEnd: () => (status === 200 ? resolve() : reject(new Error(`licence check answered ${status}`))),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
