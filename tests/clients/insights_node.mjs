// Plays calls with search-insights. The job on standard input: {appId, key, host, userToken, calls: [[method, ...arguments]]}.
import aa from 'search-insights'
import { read, say } from './job.mjs'

const job = await read()
aa('init', { appId: job.appId, apiKey: job.key, host: job.host, userToken: job.userToken })
const sent = []
for (const [method, ...args] of job.calls) sent.push(await aa(method, ...args))
say({ sent })
