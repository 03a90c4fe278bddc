// The control: what it costs to publish the bytes of a child with uWebSockets.js and nothing else. No routing, no flow control, no
// seats, no farewell; lines are cut in the cheapest way.
//
//   node control.mjs PORT COMMAND [ARGS...]
import { spawn } from 'node:child_process'
import { findUws } from '../dist/edge/uws-library.js'

const [port, command, ...args] = process.argv.slice(2)
const NEWLINE = 10
const { library } = findUws()
const app = library.App()
const rooms = new Map()

function start(name) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  let rest = Buffer.alloc(0)
  child.stdout.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      app.publish(name, bytes.subarray(from, end), false)
      from = end + 1
    }
    rest = bytes.subarray(from)
  })
  child.stdin.on('error', () => {})
  return child
}

app.ws('/*', {
  maxBackpressure: 0,
  idleTimeout: 0,
  compression: 0,
  upgrade(response, request, context) {
    const key = request.getHeader('sec-websocket-key')
    response.upgrade({ room: request.getUrl() }, key, '', request.getHeader('sec-websocket-extensions'), context)
  },
  open(ws) {
    const { room } = ws.getUserData()
    if (!rooms.has(room)) rooms.set(room, start(room))
    ws.subscribe(room)
  },
  message(ws, message) {
    rooms.get(ws.getUserData().room).stdin.write(`${Buffer.from(message).toString('latin1')}\n`, 'latin1')
  },
})
app.listen('127.0.0.1', Number(port), library.LIBUS_LISTEN_EXCLUSIVE_PORT, (listening) => {
  if (!listening) process.exit(1)
})
process.on('SIGTERM', () => process.exit(0))
