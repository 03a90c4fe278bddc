// The measure for rooms a second: how fast a bare Node program starts N children of `cat` and has a line back from each.
//
//   node spawn.mjs N
import { spawn } from 'node:child_process'

const count = Number(process.argv[2])
const began = performance.now()
let back = 0

function finish() {
  const seconds = (performance.now() - began) / 1000
  console.log(JSON.stringify({ rooms: count, seconds, roomsPerSecond: count / seconds }))
  process.exit(0)
}

for (let i = 0; i < count; i++) {
  const child = spawn('cat', [], { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdout.once('data', () => {
    if (++back === count) finish()
  })
  child.stdin.write('hello\n')
}
