/**
 * npm run bench:lobby: what a lobby does in a second (log-ins, guests, tickets, players let in by one), and how late the event loop is, on which
 * all rooms run, while 50 log-ins a second are asked for.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { build, install, root } from '../scripts/setup.mjs'
import { describeMachine } from './report.mjs'
import { percentile } from './stats.mjs'

const PORT = 23_950
const BASE = `http://127.0.0.1:${PORT}`
const PASSWORD = 'correct horse battery'
const SECONDS = 10
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms))

install()
build()
const data = mkdtempSync(join(tmpdir(), 'playpipe-bench-'))
// Nobody is held back by the limits for one address or one name: all the world is here. Rooms stay when their players leave: to
// let somebody in is measured, not to start a program.
const open = ['--authlimit', '100000:100000', '--linger', '60']
const options = ['--lobby', '--guests', '--data', data, ...open, '--metrics', '--json', 'cat']
const server = spawn(process.execPath, [join(root, 'bin/playpipe.js'), '--addr', `127.0.0.1:${PORT}`, ...options], {
  stdio: 'ignore',
})
process.on('exit', () => {
  server.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})
await ready()

const names = Array.from({ length: 50 }, (_, n) => `player${n}`)
for (const name of names) await post('/signup', { name, password: PASSWORD })
const logins = await offered(50, (n) => post('/login', { name: names[n % names.length], password: PASSWORD }))
const lag = await eventLoopLag()
const guests = await closed(20, (n) => post('/guests', { name: `guest${n}` }))
const { token } = (await post('/guests', { name: 'host' })).body
const games = []
for (let n = 0; n < 8; n++) games.push((await post('/games', {}, token)).body.game.id)
const tickets = await closed(20, (n) => post(`/games/${games[n % games.length]}/ticket`, {}, token))
const prepared = []
for (let n = 0; n < 2000; n++) prepared.push((await post(`/games/${games[n % 8]}/ticket`, {}, token)).body.ticket)
const admissions = await closed(20, () => enter(prepared.pop()), 2000)

const rows = [
  ['log-ins, 50 a second asked for', logins],
  ['guests', guests],
  ['tickets', tickets],
  ['players let in by a ticket, into rooms that run', admissions],
]
const cells = rows.map(([what, { done, refused, seconds, times }]) => [
  ...[what, (done / seconds).toFixed(0), String(refused)],
  ...[0.5, 0.99].map((part) => percentile(times, part).toFixed(1)),
])
const head = ['', 'a second', 'told to come again', 'p50, ms', 'p99, ms']
console.log([head, head.map(() => '---:'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n'))
console.log(`\nEvent loop while 50 log-ins a second are asked for: ${lag.toFixed(1)} ms late at p99.`)
const { processor, cores } = describeMachine()
console.log(`${new Date().toISOString().slice(0, 10)}, ${processor}, ${cores} cores`)
const numbers = rows.map(([what, { times, ...rest }]) => ({ what, ...rest, p99: percentile(times, 0.99) }))
writeFileSync(join(root, 'bench', 'results', 'lobby.json'), `${JSON.stringify({ lag, numbers }, null, 1)}\n`)
process.exit(0)

async function ready() {
  for (let tries = 0; tries < 200; tries++) {
    if ((await fetch(`${BASE}/health`).catch(() => ({ ok: false }))).ok) return
    await sleep(50)
  }
  throw new Error('the server does not listen')
}

async function post(path, body, token) {
  const answer = await fetch(`${BASE}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok && answer.status !== 503) throw new Error(`${path}: ${answer.status} ${text}`)
  return { ok: answer.ok, body: answer.ok ? JSON.parse(text) : undefined }
}

function enter(ticket) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${PORT}/ws?ticket=${ticket}`)
    socket.once('message', () => {
      socket.close()
      resolve({ ok: true })
    })
    socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)))
  })
}

/** So many are begun in a second, however long they take. */
async function offered(rate, act) {
  const counts = counting()
  const all = []
  const begun = performance.now()
  for (let n = 0; n < rate * SECONDS; n++) {
    await sleep(Math.max(0, begun + (n * 1000) / rate - performance.now()))
    all.push(counts.time(() => act(n)))
  }
  await Promise.all(all)
  return counts.result()
}

/** So many are under way at any time. */
async function closed(width, act, most = Number.POSITIVE_INFINITY) {
  const counts = counting()
  const end = performance.now() + SECONDS * 500
  let n = 0
  const worker = async () => {
    while (n < most && (most < Number.POSITIVE_INFINITY || performance.now() < end)) await counts.time(() => act(n++))
  }
  await Promise.all(Array.from({ length: width }, worker))
  return counts.result()
}

function counting() {
  const begun = performance.now()
  const times = []
  let refused = 0
  return {
    time: async (act) => {
      const start = performance.now()
      const { ok } = await act()
      if (ok) times.push(performance.now() - start)
      else refused++
    },
    result: () => ({ done: times.length, refused, seconds: (performance.now() - begun) / 1000, times }),
  }
}

async function eventLoopLag() {
  const text = await (await fetch(`${BASE}/metrics`)).text()
  return Number(/^playpipe_nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)[1]) * 1000
}
