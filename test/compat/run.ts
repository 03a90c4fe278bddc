/**
 * Plays a scenario against a server program and writes down what an outsider can see: the frames that each client gets,
 * the lines that the child reads, HTTP answers, close codes, exit statuses. Ports and times are left out, so that two
 * transcripts of one scenario can be compared word for word.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Keep, Scenario, Step } from './scenarios.ts'
import { freePort, PATIENCE, Player, type Program, Server, settled } from './server.ts'

/** Label → what was seen: `A` (frames), `A closed` (code), `GET /x`, `child` (lines), `start`, `exit`. */
export type Transcript = Record<string, unknown>

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
      case 'drop':
        return this.player(step.who).drop()
      case 'logged':
        return settled(() => this.server.output().includes(step.text), `the log to have ${step.text}`)
      case 'soon':
        return this.player(step.who)
          .hears(step.text, step.ms)
          .catch(() => undefined) // it may stay away: the transcript shows whether it came
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
    this.blocker?.close()
    await this.server.stop().finally(() => rmSync(this.folder, { recursive: true, force: true }))
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
    // Two names of one type (RFC 9239, section 6): which one ScaleSocket says depends on the table that it was built with.
    const type = headers['content-type']?.replace('application/javascript', 'text/javascript')
    const kept = step.only ? body.split('\n').filter((line) => step.only!.test(line)) : undefined
    const json = type?.startsWith('application/json')
    return {
      status,
      ...(type && { type }),
      ...(headers['content-range'] && { range: headers['content-range'] }),
      // What a redirect says beside its target is for nobody.
      ...(headers.location
        ? { location: headers.location }
        : { body: kept ?? (json && body ? JSON.parse(body) : body) }),
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

/** The frames as the transcript keeps them; `Keep` says what each way is for. */
function keep(frames: readonly (string | Buffer)[], how: Keep): unknown {
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
    call.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' })
    })
    call.on('error', reject)
    call.setTimeout(PATIENCE, () => call.destroy(new Error(`no answer to ${method} ${path}`)))
    call.end()
  })
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
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
