import { type Child, type Exit, type Launch, within } from './child/child.ts'
import { resolveCommand } from './child/command.ts'
import { Pipes } from './child/pipes.ts'
import { StdioChild } from './child/stdio.ts'
import { join, type Room, type Status } from './client/client.ts'
import type { ConnectConfig } from './config.ts'
import { createDialer, type Dialer } from './edge/dial.ts'
import type { Log } from './log.ts'
import { ConfigError } from './values.ts'
import { oneLine } from './wire/codec.ts'
import { createFramer } from './wire/framer.ts'

export interface Connection {
  /** Resolves with the exit status: that of the program, or 1 where the server closed the connection for a reason other than the end of the game. */
  readonly done: Promise<number>
  /** Leaves the room and ends the program gently. */
  close(): Promise<void>
  /** SIGKILL to the program, and nothing left on disk, for a process that is about to die. */
  kill(): void
}

/** How long the server may take to answer the close of a connection. */
const CLOSE_GRACE = 2000

/**
 * Seats a program in a room of a server, near or far: what a client there would get are its lines, what it prints are its messages. A
 * broken connection is made anew, with the seat where the server keeps it.
 * @throws ConfigError where the address makes no sense, or the command can't be run
 */
export function connectProgram(config: ConnectConfig, log: Log): Connection {
  const place = readUrl(config.url)
  const launch = launchOf(config, place.room)
  const pipes = process.platform === 'win32' ? undefined : Pipes.create(log)
  return new Seated(config, place, launch, pipes, log)
}

interface Place {
  readonly base: string
  readonly room: string
  readonly query: Record<string, string>
}

/** @throws ConfigError */
function readUrl(written: string): Place {
  try {
    const { protocol, origin, pathname, searchParams } = new URL(written)
    const [, prefix, segment] = /^(.*)\/([^/]+)\/?$/.exec(pathname) ?? []
    if (/^(ws|http)s?:$/.test(protocol) && segment !== undefined)
      return { base: origin + prefix, room: decodeURIComponent(segment), query: Object.fromEntries(searchParams) }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof URIError)) throw error
  }
  throw new ConfigError(`${written}: want the address of a room, as in ws://localhost:9000/lobby`)
}

function launchOf({ command, args, passenv, killGrace }: ConnectConfig, room: string): Launch {
  const inherited = passenv.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]!]]))
  const env = { PYTHONUNBUFFERED: '1', ...Object.fromEntries(inherited), ROOM: room }
  return { program: resolveCommand(command), argv0: command, args, env, delay: 0, killGrace }
}

class Seated implements Connection {
  readonly done: Promise<number>
  private readonly room: Room
  private child: Child | undefined
  private socket: InstanceType<Dialer> | undefined
  /** Bytes that the program has not taken. */
  private waiting = 0
  /** The program has closed its input, and may well go on printing. */
  private deaf = false
  private trouble = ''
  private over = false
  private finish!: (status: number) => void

  constructor(
    private readonly config: ConnectConfig,
    place: Place,
    private readonly launch: Launch,
    private readonly pipes: Pipes | undefined,
    private readonly log: Log,
  ) {
    this.done = new Promise((resolve) => {
      this.finish = resolve
    })
    const dialer = createDialer(
      (socket) => {
        this.socket = socket
      },
      (why) => this.failed(why),
    )
    this.room = join(place.room, {
      url: place.base,
      query: place.query,
      raw: true,
      storage: null,
      WebSocket: dialer as unknown as new (url: string, protocols: string[]) => WebSocket,
    })
    this.room
      .on('status', (status) => this.changed(status))
      .on('message', (message) => this.heard(message))
      .on('seat', ({ id, resumed }) => log.info(resumed ? `has its seat ${id} again` : `sits as client ${id}`))
      .on('gap', (missed) => log.warn(`${missed} frames were lost while the connection was`))
      .on('dropped', () => log.error('a message was dropped: too much waits for the server'))
  }

  async close(): Promise<void> {
    await this.end(0)
  }

  kill(): void {
    this.child?.kill()
    this.pipes?.close()
  }

  private changed({ state, code, reason, retryIn }: Status): void {
    if (state === 'open') {
      this.trouble = ''
      this.log.info('connected')
      this.child ??= this.start()
      this.child.resume()
    } else if (state === 'waiting') {
      // What it prints waits in its pipe.
      this.child?.pause()
      const why = this.trouble || reason || `code ${code}`
      this.log.warn(`no connection (${why}); trying again in ${(retryIn! / 1000).toFixed(1)} s`)
    } else if (state === 'closed' && !this.over) {
      const why = `closed with ${code}${reason ? `: ${reason}` : ''}`
      this.log[code === 1000 ? 'info' : 'error'](why)
      void this.end(code === 1000 ? 0 : 1)
    }
  }

  /** A room that is none stays none: another try would end the same way. */
  private failed(why: string): void {
    this.trouble = why
    const [, status] = /^Unexpected server response: (4\d\d)$/.exec(why) ?? []
    if (!status || status === '429') return
    this.log.error(`the server has no such room: HTTP status ${status}`)
    void this.end(1)
  }

  private start(): Child {
    const { binary, maxLine } = this.config
    const framer = createFramer(
      { cutting: binary ? { kind: 'chunk' } : { kind: 'line' }, binary, maxFrame: maxLine },
      {
        skipped: (why) => this.log.error(`skipped a line that is ${why}`),
        repaired: () => this.log.warn('it prints bytes that are not UTF-8: they become U+FFFD'),
      },
    )
    const say = ({ frames }: { frames: readonly { bytes: Buffer }[] }) => {
      for (const { bytes } of frames) this.room.send(binary ? bytes : bytes.toString('utf8'))
    }
    const child = new StdioChild(this.launch, this.pipes, {
      output: (chunk) => say(framer.push(chunk)),
      drained: () => {
        this.waiting = 0
      },
      deaf: () => this.deafened(),
      said: (stream, line) => this.log.info(`${stream}: ${line}`),
      ended: (exit) => {
        say(framer.end())
        this.childEnded(exit)
      },
    })
    this.log.info(`started ${child.name}`)
    return child
  }

  private deafened(): void {
    this.deaf = true
    this.log.warn('it has closed its input: what comes is dropped')
  }

  private heard(message: string | ArrayBuffer): void {
    if (this.deaf) return
    const bytes = typeof message === 'string' ? Buffer.from(`${oneLine(message)}\n`) : Buffer.from(message)
    this.waiting += bytes.length
    if (this.child!.write(bytes)) this.waiting = 0
    else if (this.waiting > this.config.maxInbox) {
      this.log.error('it does not keep up with what it is sent')
      void this.end(1)
    }
  }

  private childEnded(exit: Exit): void {
    if (this.over) return
    if (exit.kind === 'status') this.log.info(`it ended with status ${exit.status}`)
    else this.log.error(exit.kind === 'failed' ? exit.why : `it ended by ${exit.signal}`)
    void this.end(exit.kind === 'status' ? exit.status : 1)
  }

  private async end(status: number): Promise<void> {
    if (this.over) return void (await this.done)
    this.over = true
    this.room.leave()
    await Promise.all([this.child?.farewell(), within(CLOSE_GRACE, closed(this.socket))])
    this.pipes?.close()
    this.finish(status)
  }
}

function closed(socket: InstanceType<Dialer> | undefined): Promise<void> {
  return new Promise((done) => {
    if (!socket || socket.readyState === socket.CLOSED) done()
    else socket.once('close', () => done())
  })
}
