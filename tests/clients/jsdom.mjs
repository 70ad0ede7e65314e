// Opens a page in jsdom and prints its window.result. The job on standard input: {url, seconds}.
import { JSDOM, VirtualConsole } from 'jsdom'
import { read, say } from './job.mjs'

const job = await read()
const told = []
const virtualConsole = new VirtualConsole()
for (const kind of ['error', 'warn', 'jsdomError']) {
  virtualConsole.on(kind, (message) => told.push(`${kind}: ${message?.stack ?? message}`))
}
const dom = await JSDOM.fromURL(job.url, {
  runScripts: 'dangerously', // the pages are our own
  resources: 'usable',
  pretendToBeVisual: true,
  virtualConsole,
})
const end = Date.now() + job.seconds * 1000
while (!dom.window.result && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
if (!dom.window.result) {
  console.error(`no result after ${job.seconds} s; the page said:\n${told.join('\n')}`)
  process.exit(1)
}
say({ result: dom.window.result, told })
dom.window.close()
process.exit(0)
