// Plays calls with algoliasearch 5, its lite client, or algoliasearch 4, and prints what each call gave.
// The job on standard input: {client, appId, key, hosts, calls: [{method, args, index?, wait?, collect?}]}.
import { algoliasearch } from 'algoliasearch'
import { liteClient } from 'algoliasearch/lite'
import v4 from 'algoliasearch-v4'
import { read, say } from './job.mjs'

const job = await read()
const urls = job.hosts
const hosts = (accept) => urls.map((url) => ({ url, protocol: 'http', accept }))
const make = {
  v5: () => algoliasearch(job.appId, job.key, { hosts: hosts('readWrite') }),
  lite: () => liteClient(job.appId, job.key, { hosts: hosts('readWrite') }),
  v4: () => v4(job.appId, job.key, { hosts: hosts(3) }), // reads and writes
}
const client = make[job.client]()
const results = []
for (const { method, args = [], index, wait, collect } of job.calls) {
  const on = index ? client.initIndex(index) : client
  const collected = []
  const aggregator = (answer) => { collected.push(...(answer.hits ?? answer)) }
  // v5 takes the callback as `aggregator`, v4 as `batch`.
  const given = collect ? [{ ...args[0], aggregator, batch: aggregator }, ...args.slice(1)] : args
  try {
    const called = on[method](...given)
    const answer = wait ? await called.wait() : await called
    results.push(collect ? collected : answer ?? null)
  } catch (error) {
    results.push({ error: error.message, status: error.status ?? null, kind: error.name })
  }
}
say({ results })
