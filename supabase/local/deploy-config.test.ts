import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownProject, repositoryRoot } from './config.ts';
import { configVariables, deployConfig } from './deploy-config.ts';

const ref = 'abcdefghijklmnopqrst';
const folder = mkdtempSync(join(tmpdir(), 'home-deploy-'));
const profile = join(folder, 'profile.json');
const given = {
  SUPABASE_PROJECT_REF: ref,
  CONSOLE_URL: 'https://console.example.com',
  AUTH_SMTP_HOST: 'smtp.example.com',
  AUTH_SMTP_USER: 'apikey',
  AUTH_SMTP_PASS: 'secret-of-smtp',
  AUTH_SMTP_FROM: 'no-reply@example.com',
};

/** The little of Supabase's management API that `config push` asks: a fresh project. */
const answers: Record<string, object> = {
  [`GET /v1/projects/${ref}`]: {
    id: ref,
    ref,
    organization_id: 'o',
    organization_slug: 'o',
    name: 'production',
    region: 'eu-west-1',
    created_at: '2026-11-01T00:00:00Z',
    status: 'ACTIVE_HEALTHY',
    database: { host: '127.0.0.1', version: '17', postgres_engine: '17', release_channel: 'ga' },
  },
  [`GET /v1/projects/${ref}/billing/addons`]: { available_addons: [], selected_addons: [] },
  [`GET /v2/projects/${ref}/config`]: {
    data: {
      id: ref,
      type: 'project_config',
      attributes: { auth: { site_url: 'http://localhost:3000', mailer_otp_length: 6, mailer_otp_exp: 3600 } },
    },
  },
};
let server: Server;
let pushed: Record<string, unknown> | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const route = `${request.method} ${request.url?.split('?')[0]}`;
      if (route === `PATCH /v1/projects/${ref}/config/auth`) pushed = JSON.parse(body) as Record<string, unknown>;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answers[route] ?? pushed ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = { api_url: url, dashboard_url: url, docs_url: url, project_host: 'localhost' };
  writeFileSync(profile, JSON.stringify({ name: 'stand-in', client_id: '', studio_image: '', ...addresses }));
});
beforeEach(() => (pushed = undefined));
afterAll(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As a person types it, answered with yes. */
function push(environment: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const args = ['--yes', '--agent', 'no', '--profile', profile];
  const child = spawn(process.execPath, [join(repositoryRoot, 'supabase/local/bin/deploy-config.mjs'), ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      SUPABASE_ACCESS_TOKEN: `sbp_${'0'.repeat(40)}`,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('npm run deploy:config', () => {
  test('pushes what config.toml says, with the block for production over it', async () => {
    const { output } = await push(given);
    expect(pushed, output).toMatchObject({
      site_url: 'https://console.example.com',
      disable_signup: true,
      mailer_otp_length: 10,
      password_min_length: 12,
      smtp_host: 'smtp.example.com',
      smtp_user: 'apikey',
      smtp_pass: 'secret-of-smtp',
      smtp_admin_email: 'no-reply@example.com',
      smtp_max_frequency: 60,
      rate_limit_email_sent: 30,
      mailer_subjects_invite: expect.stringContaining(' / ') as string,
    });
    for (const kind of ['invite', 'recovery', 'reauthentication', 'confirmation', 'magic_link', 'email_change'])
      expect(pushed![`mailer_templates_${kind}_content`], kind).toBe(
        readFileSync(join(ownProject, 'templates', `${kind}.html`), 'utf8'),
      );
    expect(output).not.toContain('secret-of-smtp');
  });

  test('pushes nothing while a variable is missing, and names it', async () => {
    const { AUTH_SMTP_PASS: _, ...rest } = given;
    const { code, output } = await push(rest);
    expect([code, output.trim()]).toEqual([2, 'Set what config.toml asks for: AUTH_SMTP_PASS']);
    expect(pushed).toBeUndefined();
  });
});

describe('deployConfig()', () => {
  test.each([
    [{ ...given, SUPABASE_PROJECT_REF: 'production' }, 'got "production"'],
    [{ ...given, CONSOLE_URL: 'https://console.example.com/' }, 'without a slash'],
    [{ ...given, CONSOLE_URL: 'console' }, 'got "console"'],
  ])('refuses a value of another shape: %#', (environment, message) => {
    expect(() => deployConfig(environment, [])).toThrow(message);
  });

  test('README names each variable that config.toml takes', () => {
    const names = configVariables(readFileSync(join(ownProject, 'config.toml'), 'utf8'));
    const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !readme.includes(`${name}=`))).toEqual([]);
  });

  test('configVariables() finds each name once, wherever it stands', () => {
    const text = 'a = "env(ONE)"\n[b]\nc = ["env(TWO)", "env(ONE)", "not env(THREE)"]\n';
    expect(configVariables(text)).toEqual(['ONE', 'TWO']);
  });
});
