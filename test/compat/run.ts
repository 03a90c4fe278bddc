/**
 * Plays a scenario against a server program and writes down what an outsider can see: the frames that each client gets,
 * the lines that the child reads, HTTP answers, close codes, exit statuses. Ports and times are left out, so that two
 * transcripts of one scenario can be compared word for word.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import { createServer, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type ClientOptions, WebSocket } from 'ws'
import type { Record as Kept, Scenario, Step } from './scenarios.ts'

/** How to start a server: `['scalesocket']`, or Node with Playpipe's entry and flags of its own. */
export interface Program {
  readonly name: 'scalesocket' | 'playpipe'
  readonly argv: readonly string[]
}

/** Label → what was seen: `A` (frames), `A closed` (code), `GET /x`, `child` (lines), `start`, `exit`. */
export type Transcript = Record<string, unknown>

const PATIENCE = 8000
const PORTS = { first: 22000, last: 22899 }
const LONG = 1000

export async function play(scenario: Scenario, program: Program, root: string): Promise<Transcript> {
  const stage = await Stage.raise(scenario, program, root)
  try {
    if (stage.server.listening) for (const step of scenario.steps ?? []) await stage.perform(step)
    return stage.transcript()
  } catch (error) {
    const heard = JSON.stringify(stage.transcript(), null, 1)
    throw new Error(
      `${program.name}, "${scenario.name}": ${(error as Error).message}\n${heard}\n${stage.server.output()}`,
    )
  } finally {
    await stage.strike()
  }
}

/** A running server program, on a port of its own, in a process group of its own. */
export class Server {
  stdout = ''
  stderr = ''
  listening = false

  private constructor(
    readonly process: ChildProcess,
    readonly port: number,
  ) {
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
      await Promise.race([once(this.process, 'exit'), pause(PATIENCE)])
    }
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
  async hears(text: string): Promise<void> {
    await settled(() => this.over || this.heard(text), `"${text}"`)
  }

  async leave(): Promise<void> {
    this.left = !this.over
    this.socket.close()
    await settled(() => this.over, 'the socket to close')
  }
}

class Stage {
  private readonly players = new Map<string, Player>()
  private readonly notes: Transcript = {}
  private readonly clock = Date.now()

  private constructor(
    readonly scenario: Scenario,
    readonly server: Server,
    readonly folder: string,
    private readonly blocker: ReturnType<typeof createServer> | undefined,
  ) {}

  static async raise(scenario: Scenario, program: Program, root: string): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'compat-'))
    cpSync(join(root, 'test/compat/fixtures'), folder, { recursive: true })
    const child = await freePort()
    const fill = (word: string) => word.replaceAll('{tcp}', String(child)).replaceAll('{tcp+1}', String(child + 1))
    let blocker: ReturnType<typeof createServer> | undefined
    let port: number | undefined
    if (scenario.portTaken) {
      port = await freePort()
      blocker = createServer().listen(port, '127.0.0.1')
      await once(blocker, 'listening')
    }
    const args = [...scenario.flags, ...scenario.command].map(fill)
    const server = await Server.start(program, args, { cwd: folder, env: scenario.env, port })
    return new Stage(scenario, server, folder, blocker)
  }

  async perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'open':
        this.players.set(step.who, await Player.join(this.server.port, step.path))
        return
      case 'send':
        return this.send(step.who, step.data)
      case 'ping':
        return this.player(step.who).socket.ping(step.data)
      case 'hears':
        return this.player(step.who).hears(step.text)
      case 'closed':
        return settled(() => this.player(step.who).over, `${step.who} to be closed`)
      case 'leave':
        await this.player(step.who).leave()
        if (step.note) this.notes[`${step.who} left`] = this.player(step.who).code
        return
      case 'http':
        this.notes[step.as ?? `${step.method} ${step.path}`] = await this.fetch(step)
        return
      case 'poll':
        return this.poll(step.path, step.body)
      case 'child':
        return settled(
          () => this.read('seen').includes(step.text) || this.everyoneLeft(),
          `the child to see ${step.text}`,
        )
      case 'gone':
        return settled(() => !alive(Number(this.read('pid'))), 'the child to be gone')
      case 'took':
        this.notes.took = Date.now() - this.clock >= step.atLeast ? `${step.atLeast} ms or more` : 'less'
        return
      case 'quiet':
        await pause(step.ms)
        return
      case 'signal':
        this.server.process.kill(step.signal)
        return
      case 'exit':
        this.notes.exit = await this.server.exited()
        return
    }
  }

  transcript(): Transcript {
    const seen: Transcript = {
      start: this.server.listening ? 'listening' : `exit ${this.server.status}`,
      ...this.notes,
    }
    for (const [who, player] of this.players) {
      if (player.refusal) {
        seen[who] = player.refusal
        continue
      }
      seen[who] = keep(player.frames, this.scenario.record ?? 'exact')
      if (player.code !== undefined && !player.left) seen[`${who} closed`] = player.code
    }
    if (this.read('seen') !== '') seen.child = this.read('seen').split('\n').map(anonymous)
    if (this.scenario.output) seen.output = this.scenario.output(this.server.stdout, this.server.stderr)
    return seen
  }

  async strike(): Promise<void> {
    for (const { socket } of this.players.values()) socket.terminate()
    await this.server.stop()
    this.blocker?.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private player(who: string): Player {
    const player = this.players.get(who)
    if (!player) throw new Error(`no player ${who}`)
    return player
  }

  private send(who: string, data: string | Uint8Array): void {
    const { socket, over } = this.player(who)
    if (!over) socket.send(data, () => {})
  }

  private everyoneLeft(): boolean {
    return [...this.players.values()].every((player) => player.over)
  }

  private read(name: string): string {
    const path = join(this.folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  private async fetch(step: Extract<Step, { do: 'http' }>): Promise<unknown> {
    const { status, headers, body } = await ask(this.server.port, step.path, step.method, step.headers)
    const type = headers['content-type']
    const kept = step.only ? body.split('\n').filter((line) => step.only!.test(line)) : undefined
    return {
      status,
      ...(type && { type }),
      ...(headers.location && { location: headers.location }),
      ...(headers['content-range'] && { range: headers['content-range'] }),
      body: kept ?? (type === 'application/json' ? JSON.parse(body) : body),
    }
  }

  private async poll(path: string, body: string): Promise<void> {
    const start = Date.now()
    while ((await ask(this.server.port, path)).body !== body) {
      if (Date.now() - start > PATIENCE) throw new Error(`gave up waiting for ${path} to be ${body}`)
      await pause(20)
    }
  }
}

/** The frames as the transcript keeps them; `Kept` says what each way is for. */
function keep(frames: readonly (string | Buffer)[], how: Kept): unknown {
  if (typeof how === 'object') return frames.length === how.all ? `all ${how.all}` : 'fewer'
  if (how === 'chunks') {
    const text = frames.some((frame) => typeof frame === 'string')
    const joined = Buffer.concat(frames.map((frame) => Buffer.from(frame)))
    return text ? joined.toString() : { binary: joined.toString('latin1') }
  }
  const lines = frames.map((frame) => {
    if (typeof frame !== 'string') return { binary: frame.toString('latin1') }
    return how === 'parsed' ? canonical(frame) : anonymous(frame)
  })
  return how === 'sorted' ? lines.sort() : lines
}

function anonymous(text: string): string {
  if (text.length > LONG) return `${text.slice(0, 10)}… ${text.length} characters`
  return text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
}

/** JSON with its keys in order: who stamps `_from` may write the other keys in any order. */
function canonical(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return text
    return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))))
  } catch {
    return text
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Raw on purpose: `fetch` would tidy the path up before the server sees it. */
function ask(port: number, path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (response) => {
      let body = ''
      response.setEncoding('latin1')
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
    call.on('error', reject)
    call.end()
  })
}

async function settled(done: () => boolean, what: string): Promise<void> {
  const start = Date.now()
  while (!done()) {
    if (Date.now() - start > PATIENCE) throw new Error(`gave up waiting for ${what}`)
    await pause(5)
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

let nextPort = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first))

async function freePort(): Promise<number> {
  for (;;) {
    nextPort = nextPort >= PORTS.last ? PORTS.first : nextPort + 2
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

/** A program's version, or why it can't be asked. */
export function versionOf(command: string): string | undefined {
  const asked = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return asked.status === 0 ? asked.stdout.trim().split(' ').pop() : undefined
}

/** What a command of the scenarios needs and this machine has not. */
export function lacking(scenario: Scenario): string | undefined {
  return (scenario.needs ?? []).find((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
}
