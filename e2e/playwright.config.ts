// The browser tests: a person's way through a real DreamQL, started here with data of its own. To try them on one that runs
// already, set DREAMQL_E2E_URL and DREAMQL_TOKEN.
import { chmodSync, existsSync, mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { defineConfig } from '@playwright/test'

const root = resolve(import.meta.dirname, '..')
const env = process.env

// This file is read again by every worker, which inherits the environment: what is chosen once stays.
const isOurs = env.DREAMQL_E2E_URL === undefined || env.DREAMQL_E2E_DATA !== undefined
if (isOurs && env.DREAMQL_E2E_DATA === undefined) {
  env.DREAMQL_E2E_DATA = mkdtempSync(join(tmpdir(), 'dreamql-e2e-'))
  chmodSync(env.DREAMQL_E2E_DATA, 0o755) // the database may run as another user
  env.DREAMQL_E2E_URL = `http://127.0.0.1:${await freePort()}`
  env.DREAMQL_TOKEN = 'a-token-for-the-browser-tests-0123456789'
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

const chromium = env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

export default defineConfig({
  testDir: 'browser',
  outputDir: 'artifacts',
  globalTeardown: './browser/teardown.ts',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  // Far above what anything takes: a machine that is busy with something else, or slow, fails nothing.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    baseURL: env.DREAMQL_E2E_URL,
    viewport: { width: 1280, height: 860 },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: chromium, args: ['--no-sandbox'] },
  },
  webServer: isOurs
    ? {
        command: `"${env.DREAMQL_BIN ?? join(root, 'bin/dreamql')}" serve`,
        cwd: root,
        url: `${env.DREAMQL_E2E_URL}/api/v1/health`,
        timeout: 300_000,
        gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
        env: { DREAMQL_ADDR: new URL(env.DREAMQL_E2E_URL!).host, DREAMQL_DATA: env.DREAMQL_E2E_DATA!, DREAMQL_TOKEN: env.DREAMQL_TOKEN!, DATABASE_URL: '', REDIS_URL: '' },
      }
    : undefined,
})
