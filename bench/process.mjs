// Processes of a measurement: servers, and the load generator.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cache } from './peers.mjs'

const PORTS = { first: 23_000, end: 24_000 }
const START = 10_000
const STOP = 8_000
/** Longer than any scenario: a peer that deadlocks is to be reported, not waited for. */
const RUN = 360_000

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
let lastPort = PORTS.first

/** SIGKILL to everything that was started, with what it started in its process group. */
export function killAll() {
  for (const child of running) killGroup(child, 'SIGKILL')
}

export const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms))

/**
 * Starts a server and waits until it accepts connections.
 * @param {import('./peers.mjs').Peer} peer
 * @param {string[]} child the program of its rooms
 * @param {{ json?: boolean, resume?: number }} how `resume`: seconds that seats are kept
 */
export async function startServer(peer, child, { json = false, resume = 0 } = {}) {
  const port = nextPort()
  const [command, ...args] = peer.command(port, child, { json, resume })
  mkdirSync(join(cache, 'logs'), { recursive: true })
  const log = createWriteStream(join(cache, 'logs', `${peer.name.replaceAll(/\W+/g, '-')}.log`))
  await new Promise((opened) => log.once('open', opened))
  const server = launch(command, args, ['ignore', 'ignore', log])
  await listening(port, server)
  return {
    port,
    pid: server.pid,
    memory: () => memoryOf(server.pid),
    stop: () => stop(server).finally(() => log.close()),
  }
}

/** A TCP proxy in front of a server: `restart` kills it and starts it again so many ms later. */
export async function startProxy(server) {
  const port = nextPort()
  const start = async () => {
    const proxy = launch(join(cache, 'proxy'), [port, server.port].map(String), ['ignore', 'ignore', 'inherit'])
    await listening(port, proxy)
    return proxy
  }
  let proxy = await start()
  return {
    port,
    restart: async (away) => {
      killGroup(proxy, 'SIGKILL')
      await stop(proxy)
      await sleep(away)
      proxy = await start()
    },
    stop: () => stop(proxy),
  }
}

/**
 * Connects clients to a server, lets them run and gives the generator's result. `server` is asked for its memory before the start and
 * while all are still connected.
 * @param {string} mode
 * @param {Record<string, number>} options
 * @param {() => Promise<unknown>} [during] happens to them meanwhile
 */
export async function load(mode, server, options, during) {
  const args = Object.entries({ port: server.port, pid: server.pid, ...options }).map(
    ([key, value]) => `${key}=${value}`,
  )
  const generator = launch(join(cache, 'load'), [mode, ...args], ['pipe', 'pipe', 'pipe'])
  let complaint = ''
  generator.stderr.on('data', (text) => {
    complaint += text
  })
  const lines = createInterface({ input: generator.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(complaint.trim() || 'the load generator ended without a result')
    return value
  }
  const watchdog = setTimeout(() => generator.kill('SIGKILL'), RUN)
  try {
    await next()
    const ready = server.memory()
    generator.stdin.write('go\n')
    const [line] = await Promise.all([next(), during?.()])
    const result = JSON.parse(line)
    return { ...result, memory: { ready, after: server.memory() }, release: () => stop(generator) }
  } catch (error) {
    await stop(generator)
    throw error
  } finally {
    clearTimeout(watchdog)
  }
}

/** @returns what a program printed, parsed as JSON */
export async function json(command, args) {
  const child = launch(command, args, ['ignore', 'pipe', 'inherit'])
  let text = ''
  for await (const chunk of child.stdout) text += chunk
  await stop(child)
  return JSON.parse(text)
}

function launch(command, args, stdio) {
  const child = spawn(command, args, { stdio, detached: true })
  running.add(child)
  child.once('error', () => running.delete(child))
  return child
}

async function stop(child) {
  const ended = child.exitCode !== null || child.signalCode !== null
  const exit = ended ? Promise.resolve() : new Promise((done) => child.once('exit', done))
  child.stdin?.end()
  // The generator ends with its input; a server is asked.
  if (!child.stdin) killGroup(child, 'SIGTERM')
  await Promise.race([exit, sleep(STOP)])
  killGroup(child, 'SIGKILL')
  await exit
  running.delete(child)
}

function killGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal)
  } catch {
    // Nobody is left.
  }
}

function nextPort() {
  lastPort = lastPort + 1 < PORTS.end ? lastPort + 1 : PORTS.first
  return lastPort
}

async function listening(port, server) {
  const end = Date.now() + START
  while (!(await accepts(port))) {
    if (server.exitCode !== null) throw new Error(`it ended with status ${server.exitCode} at its start`)
    if (Date.now() > end) {
      await stop(server)
      throw new Error('it does not listen')
    }
    await sleep(25)
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** User space of a process in bytes: what is resident, its share of shared pages counted in part, and what is its own heap and stack. */
function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const read = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024
  return { rss: read('Rss'), pss: read('Pss'), anonymous: read('Anonymous') }
}
