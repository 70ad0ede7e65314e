// How a script of the tests gets its job and gives its result.
export async function read() {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

export function say(result) {
  process.stdout.write(JSON.stringify(result) + '\n')
}
