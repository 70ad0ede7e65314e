// Opens a page in Chromium and prints its window.result. The job on standard input: {url, chromium, userAgent, seconds}.
import { chromium } from 'playwright-core'
import { read, say } from './job.mjs'

const job = await read()
const browser = await chromium.launch({
  executablePath: job.chromium,
  // A container's root has no sandbox; the pages are our own.
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
})
const told = []
try {
  const page = await browser.newPage({ userAgent: job.userAgent, locale: 'en-GB', timezoneId: 'Europe/London' })
  page.on('console', (message) => told.push(`${message.type()}: ${message.text()}`))
  page.on('requestfailed', (request) => told.push(`failed: ${request.url()} ${request.failure()?.errorText}`))
  await page.goto(job.url)
  const result = await page
    .waitForFunction(() => window.result, null, { timeout: job.seconds * 1000, polling: 50 })
    .catch((error) => { throw new Error(`${error.message}\nthe page said:\n${told.join('\n')}`) })
  say({ result: await result.jsonValue(), told })
} finally {
  await browser.close()
}
