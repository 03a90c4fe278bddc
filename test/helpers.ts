import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { WebSocket } from 'ws'
import { findUws } from '../src/edge/uws-library.ts'

export const ROOT = join(import.meta.dirname, '..')
export const BIN = join(ROOT, 'bin', 'playpipe.js')
/** The child of most tests: see its own help. */
export const CHILD = join(ROOT, 'test', 'fixtures', 'child.mjs')

/** Both drivers, for tests that must hold on each; ws alone where no binary of uWebSockets.js fits this Node and libc. */
export const TRANSPORTS: readonly ('uws' | 'ws')[] = findUws().library ? ['uws', 'ws'] : ['ws']
if (!TRANSPORTS.includes('uws')) console.warn(`not tested on uWebSockets.js: ${findUws().tried.join('; ')}`)

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** All of stderr so far. */
  log(): string
  /** Resolves when stderr holds this; fails when the server ends first. */
  logged(pattern: RegExp): Promise<string>
  /** Resolves with the exit status, or the signal's name. */
  readonly exited: Promise<number | string>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and waits for the end. */
  stop(): Promise<number | string>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL')
})

/**
 * Starts the real binary on a port of the system's choice.
 * @param options.descriptors how many it may have open
 */
export async function startServer(
  args: readonly string[],
  options: {
    cwd?: string
    env?: Record<string, string | undefined>
    addr?: string
    killgrace?: string
    descriptors?: number
  } = {},
): Promise<TestServer> {
  // An empty address: the arguments say where to listen.
  const words = options.addr === '' ? args : ['--addr', options.addr ?? '127.0.0.1:0', ...args]
  const command = [process.execPath, BIN, ...words]
  if (options.descriptors) command.unshift('/bin/sh', '-c', `ulimit -n ${options.descriptors}; exec "$@"`, 'sh')
  const server = spawn(command[0]!, command.slice(1), {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(server)
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const look of [...waiting]) look()
    })
  }
  const exited = new Promise<number | string>((resolve) => {
    server.once('close', (status, signal) => {
      running.delete(server)
      resolve(status ?? signal ?? -1)
      for (const look of [...waiting]) look()
    })
  })
  const logged = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text)
        const ended = !running.has(server)
        if (!match && !ended) return
        waiting.delete(look)
        if (match) resolve(match[0])
        else reject(new Error(`the server ended without logging ${pattern}; it said:\n${text}`))
      }
      waiting.add(look)
      look()
    })
  const line = await logged(/(?:http|ws)s?:\/\/\S+:(\d+)\/|listening on \/\S+/)
  const [, tls, digits] = /^(?:http|ws)(s?):.*:(\d+)\/$/.exec(line) ?? []
  const port = Number(digits)
  return {
    // In the spelling of ws for a unix socket.
    url: digits ? `http${tls}://127.0.0.1:${port}` : `ws+unix:${line.replace('listening on ', '')}:`,
    port,
    pid: server.pid!,
    log: () => text,
    logged,
    exited,
    signal: (name) => void server.kill(name),
    stop: () => {
      server.kill('SIGTERM')
      return exited
    },
  }
}

/**
 * A port to come back to. Not one that the server got by asking for port 0: uWebSockets.js listens there without
 * SO_REUSEADDR, and as long as a browser keeps half of a connection open nobody else can have it.
 */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Runs the real binary to its end. */
export async function runToEnd(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, stdout, stderr }
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

export interface TestClient {
  readonly ws: WebSocket
  send(message: string | Buffer | object): void
  /** The next frame: text as a string, bytes as a Buffer. Fails where the socket closes first. */
  next(): Promise<string | Buffer>
  /** The next frame, parsed. */
  json(): Promise<Record<string, unknown>>
  /** Frames until one matches, that one included. */
  until(match: (frame: string) => boolean): Promise<string[]>
  /** Frames that have come and were not taken yet. */
  waiting(): (string | Buffer)[]
  readonly closed: Promise<Closed>
  close(code?: number): Promise<Closed>
  /** Cuts the connection without a close frame. */
  cut(): void
}

/** Opens a WebSocket; fails with the HTTP status where the server refuses it. */
export async function connect(
  server: { url: string },
  path: string,
  options: { protocols?: string[]; headers?: Record<string, string>; ca?: string; compress?: boolean } = {},
): Promise<TestClient> {
  const ws = new WebSocket(server.url.replace(/^http/, 'ws') + path, options.protocols ?? [], {
    headers: options.headers,
    perMessageDeflate: options.compress ?? false,
    ca: options.ca,
  })
  const frames: (string | Buffer)[] = []
  const takers: { take(frame: string | Buffer): void; fail(error: Error): void }[] = []
  ws.on('message', (data: Buffer, binary) => {
    const frame = binary ? data : data.toString('utf8')
    const taker = takers.shift()
    if (taker) taker.take(frame)
    else frames.push(frame)
  })
  const closed = new Promise<Closed>((resolve) => {
    ws.once('close', (code, reason) => {
      resolve({ code, reason: reason.toString() })
      for (const { fail } of takers.splice(0))
        fail(new Error(`closed with ${code} ${reason} while a frame was expected`))
    })
  })
  await new Promise<void>((resolve, reject) => {
    ws.once('open', () => resolve())
    ws.on('error', reject)
    ws.once('unexpected-response', (_request, response) => {
      response.setEncoding('utf8')
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.once('end', () => reject(new Error(`${response.statusCode} ${body}`)))
    })
  })
  const next = () => {
    if (frames.length > 0) return Promise.resolve(frames.shift()!)
    if (ws.readyState === WebSocket.CLOSED) return Promise.reject(new Error('closed while a frame was expected'))
    return new Promise<string | Buffer>((take, fail) => takers.push({ take, fail }))
  }
  return {
    ws,
    next,
    send: (message) =>
      ws.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    json: async () => JSON.parse(String(await next())),
    until: async (match) => {
      const seen: string[] = []
      for (;;) {
        seen.push(String(await next()))
        if (match(seen.at(-1)!)) return seen
      }
    },
    waiting: () => frames,
    closed,
    close: (code) => {
      ws.close(code)
      return closed
    },
    cut: () => ws.terminate(),
  }
}

/** Sends raw bytes over TCP and gives what came back until the server closes, or until `enough`. */
export function raw(server: { port: number }, request: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(server.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk
      if (enough?.test(answer)) socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
    socket.write(request)
  })
}

/** Waits for something that no event tells of, by looking. Fails with `what` after so many milliseconds. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patience = 10_000,
): Promise<T> {
  const end = Date.now() + patience
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`did not happen: ${what}`)
    await new Promise((wake) => setTimeout(wake, 20))
  }
}

/** Processes whose command line holds this text, by pid; from /proc. */
export function processes(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark) &&
          !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
        )
      } catch {
        return false // gone in the meantime
      }
    })
    .map(Number)
}

/** Open file descriptors of a process. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium, or undefined where there is none: the test says so and is skipped. */
export async function launchChromium(): Promise<Browser | undefined> {
  const executablePath = process.env.CHROMIUM ?? CHROMIUM.find((path) => existsSync(path))
  if (!executablePath) {
    console.warn('skipped: no Chromium here; `apt-get install chromium`, or set CHROMIUM to where it is')
    return undefined
  }
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', ...quiet] })
}
