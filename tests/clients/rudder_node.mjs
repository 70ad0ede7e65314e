// Plays calls with @rudderstack/rudder-sdk-node. Reads a job on standard input: {origin, writeKey, calls, options}.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { read, say } from './job.mjs'

const job = await read()
const failed = []
const client = new RudderAnalytics(job.writeKey, {
  dataPlaneUrl: job.origin,
  flushAt: 100,
  logLevel: 'none',
  errorHandler: (error) => failed.push(error.message),
  ...job.options,
})
// It sends its first message at once and alone, the others at a flush.
const answered = job.calls.map(
  ({ type, ...message }) => new Promise((resolve) => client[type](dated(message), resolve)),
)
await client.flush()
await Promise.all(answered)
say({ failed })

function dated({ timestamp, ...message }) {
  return timestamp ? { ...message, timestamp: new Date(timestamp) } : message
}
