/** A server program under test, the ports it may have, and the players who connect to it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ClientRequest } from 'node:http'
import { createServer, connect as dial } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type ClientOptions, WebSocket } from 'ws'
import { PORTS } from '../ports.ts'

/** How to start a server: `['scalesocket']`, or Node with Playpipe's entry and flags of its own. */
export interface Program {
  readonly name: 'scalesocket' | 'playpipe'
  readonly argv: readonly string[]
}

export const PATIENCE = 8000

const running = new Set<Server>()
// A run that breaks off leaves no server behind.
process.once('exit', () => {
  for (const server of running) server.kill()
})

/** A running server program, on a port of its own, in a process group of its own. */
export class Server {
  stdout = ''
  stderr = ''
  listening = false

  private constructor(
    readonly process: ChildProcess,
    readonly port: number,
  ) {
    running.add(this)
    process.once('exit', () => running.delete(this))
    process.stdout!.on('data', (chunk) => {
      this.stdout += chunk
    })
    process.stderr!.on('data', (chunk) => {
      this.stderr += chunk
    })
  }

  /** Resolves when the server accepts connections, or has exited: `listening` tells which. */
  static async start(
    program: Program,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; port?: number } = {},
  ): Promise<Server> {
    for (let attempt = 0; ; attempt++) {
      const port = options.port ?? (await freePort())
      const [command = '', ...own] = program.argv
      const child = spawn(command, [...own, '--addr', `127.0.0.1:${port}`, ...args], {
        cwd: options.cwd,
        // Bare on purpose: what a child sees must come from the server, not from the shell of whoever runs this.
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      const server = new Server(child, port)
      server.listening = await server.up(options.port !== undefined)
      const lostRace = !server.listening && /in use|EADDRINUSE/i.test(server.output())
      if (!lostRace || options.port !== undefined || attempt === 3) return server
    }
  }

  get status(): string | undefined {
    const { exitCode, signalCode } = this.process
    return exitCode === null ? (signalCode ?? undefined) : String(exitCode)
  }

  output(): string {
    return `stdout: ${this.stdout}\nstderr: ${this.stderr}`
  }

  async exited(): Promise<string> {
    await settled(() => this.status !== undefined, 'the server to exit')
    return this.status!
  }

  /** SIGTERM, then SIGKILL to the whole group: ScaleSocket leaves its children's children behind. */
  async stop(): Promise<void> {
    if (this.status === undefined) {
      this.process.kill('SIGTERM')
      await Promise.race([once(this.process, 'exit'), pause(PATIENCE, undefined, { ref: false })])
    }
    const deaf = this.status === undefined
    this.kill()
    if (deaf) throw new Error(`SIGTERM did not end it\n${this.output()}`)
  }

  kill(): void {
    try {
      process.kill(-this.process.pid!, 'SIGKILL')
    } catch {
      // Nothing of the group is left, as it should be.
    }
  }

  private async up(portTaken: boolean): Promise<boolean> {
    const closed = once(this.process, 'close').then(() => false)
    const answers = (async () => {
      while (this.status === undefined) {
        if (!portTaken && (await accepts(this.port))) return true
        await pause(10)
      }
      return closed
    })()
    return await Promise.race([answers, closed])
  }
}

/** One WebSocket and everything that it was told. */
export class Player {
  readonly frames: (string | Buffer)[] = []
  refusal: { status: number; body: string } | undefined
  code: number | undefined
  /** It went by itself, so that its close code says nothing of the server's. */
  left = false
  readonly socket: WebSocket

  constructor(url: string, path: string) {
    // The path goes out as the scenario has it; a URL would encode what a hostile client does not.
    const finishRequest = (call: ClientRequest) => {
      call.path = path
      call.end()
    }
    this.socket = new WebSocket(url, { finishRequest } as ClientOptions)
    this.socket.on('message', (data: Buffer, binary) => this.frames.push(binary ? data : data.toString()))
    this.socket.on('close', (code) => {
      this.code = code
    })
    // An abrupt end is a close code too (1006); the error says no more than that.
    this.socket.on('error', () => {})
    this.socket.on('unexpected-response', async (_, response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      this.refusal = { status: response.statusCode ?? 0, body }
      this.code = 0
    })
  }

  static async join(port: number, path: string): Promise<Player> {
    const player = new Player(`ws://127.0.0.1:${port}/`, path)
    await settled(() => player.over || player.socket.readyState === WebSocket.OPEN, `an answer about ${path}`)
    return player
  }

  get over(): boolean {
    return this.code !== undefined
  }

  /** In one frame, or across the cuts of a stream. */
  heard(text: string): boolean {
    const sought = Buffer.from(text)
    const frames = this.frames.map((frame) => Buffer.from(frame as string))
    return frames.some((frame) => frame.includes(sought)) || Buffer.concat(frames).includes(sought)
  }

  /** Waits for a text; returns early when the server hangs up, so that the transcript tells of it. */
  async hears(text: string, patience = PATIENCE): Promise<void> {
    await settled(() => this.over || this.heard(text), `"${text}"`, patience)
  }

  /** Gone without a word. */
  drop(): void {
    this.left = true
    this.socket.terminate()
  }

  async leave(): Promise<void> {
    this.left = !this.over
    this.socket.close()
    await settled(() => this.over, 'the socket to close')
  }
}

export async function settled(done: () => boolean, what: string, patience = PATIENCE): Promise<void> {
  const start = Date.now()
  while (!done()) {
    if (Date.now() - start > patience) throw new Error(`gave up waiting for ${what}`)
    await pause(5)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

const { first, end } = PORTS.compat
let nextPort = first + Math.floor(Math.random() * (end - first - 2))

export async function freePort(): Promise<number> {
  for (;;) {
    // A second one, for scenarios that want a neighbour, is the caller's too.
    nextPort = nextPort + 4 > end ? first : nextPort + 2
    const port = nextPort
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}
