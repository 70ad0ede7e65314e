// Plays calls with @segment/analytics-node. Reads a job on standard input: {origin, writeKey, calls, options}.
import { Analytics } from '@segment/analytics-node'
import { read, say } from './job.mjs'

const job = await read()
const failed = []
const analytics = new Analytics({ writeKey: job.writeKey, host: job.origin, flushAt: 100, ...job.options })
analytics.on('error', (error) => failed.push(`${error.code}: ${error.reason?.message ?? error.reason}`))
for (const { type, ...message } of job.calls) {
  analytics[type](message)
}
await analytics.closeAndFlush({ timeout: 30_000 })
say({ failed })
