// Reads calls as JSON from standard input, makes them with the client library
// named by the first argument, and writes what a program would see:
//
//     node ask.mjs simple-oauth2 <calls.json
//
// A call is {"id", "tokenURL", "auth": "post" | "basic", "case", "poll"}: it
// exchanges a code, or polls for the token of a device. An answer is {"id", "error",
// "how"}: the value of the property that carries the error, "" if it has none, and
// the name of what was thrown.

import { text } from 'node:stream/consumers'

const library = await import(`./clients/${process.argv[2]}.mjs`)

const left = JSON.parse(await text(process.stdin))
const answers = []

async function work() {
  for (let call = left.shift(); call; call = left.shift()) {
    answers.push({ id: call.id, ...(await (call.poll ? library.poll(call) : library.ask(call))) })
  }
}

await Promise.all(Array.from({ length: 8 }, work))
process.stdout.write(JSON.stringify(answers))
