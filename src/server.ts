import type { Child, ChildEvents, Launch } from './child/child.ts'
import { resolveCommand } from './child/command.ts'
import { Pipes } from './child/pipes.ts'
import { StdioChild } from './child/stdio.ts'
import { Ports, TcpChild } from './child/tcp.ts'
import { type Config, ConfigError, type RoomConfig } from './config.ts'
import { admit, type Verdict } from './edge/admission.ts'
import { createHttp, type RoomReport } from './edge/http.ts'
import { serveFiles } from './edge/static.ts'
import {
  type Answer,
  type Handlers,
  type Hello,
  ListenError,
  remoteName,
  type Session,
  type Socket,
  type Transport,
  type TransportOptions,
} from './edge/transport.ts'
import { UwsTransport } from './edge/uws.ts'
import { findUws } from './edge/uws-library.ts'
import { WsTransport } from './edge/ws.ts'
import { createLog, type Log, type LogHandle } from './log.ts'
import { Metrics } from './metrics.ts'
import type { Subscriber, Visitor } from './rooms/client.ts'
import type { Room } from './rooms/room.ts'
import { Rooms } from './rooms/rooms.ts'
import { chooseProtocol } from './wire/control.ts'
import type { Frame } from './wire/framer.ts'

export { type Config, ConfigError, resolveConfig } from './config.ts'
export { ListenError } from './edge/transport.ts'

export interface Server {
  /** Where it listens, as a URL that a browser on this machine can open. */
  readonly url: string
  /** Resolves when the server has ended by itself (`--oneshot`). */
  readonly done: Promise<void>
  /** Closes everyone with 1001, ends every child, and resolves when nothing is left. */
  close(): Promise<void>
  /** SIGKILL to every child and nothing left on disk, at once, for a process that is about to die. */
  kill(): void
}

/**
 * Starts a server: the one place where its parts are put together.
 * @throws ConfigError where the command can't be run, ListenError where the port can't be had
 */
export async function serve(config: Config, logging: LogHandle = createLog(config.log)): Promise<Server> {
  const { log } = logging
  const program = resolveCommand(config.room.command)
  const metrics = new Metrics()
  const starter = createStarter(config.room, program, log)
  const hall = new Hall(config, metrics, log, starter.start)
  const handlers: Handlers = {
    upgrade: (hello) => hall.upgrade(hello),
    http: createHttp(pages(config, hall.rooms, metrics)),
  }
  const transport = createTransport(config.server, handlers, log)
  hall.transport = transport
  const close = async (): Promise<void> => {
    await Promise.all([
      hall.rooms.stopAll(1001, 'the server is going away'),
      transport.close(1001, 'the server is going away'),
    ])
    starter.close()
  }
  const kill = () => {
    hall.rooms.killAll()
    starter.close()
  }
  try {
    const port = await transport.listen(config.server.host, config.server.port)
    const url = `http://${remoteName(openable(config.server.host), port)}/`
    const { idField } = config.room
    if (idField)
      log.info(
        `messages and frames are addressed by "${idField.name}" too, as in ScaleSocket 0.1; --idfield= turns it off`,
      )
    log.info({ url }, `listening on ${remoteName(config.server.host, port)} (${transport.name}); open ${url}`)
    return { url, close, done: hall.done.then(close), kill }
  } catch (error) {
    starter.close()
    if (error instanceof ListenError)
      throw new ListenError(`can't listen on ${remoteName(config.server.host, config.server.port)}: ${error.message}`)
    throw error
  }
}

/** What 0.0.0.0 stands for in a browser's address bar. */
function openable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host
}

/** Where sockets become clients of rooms. */
class Hall {
  readonly rooms: Rooms
  readonly done: Promise<void>
  transport!: Transport
  private served = false
  /** Clients by address, for `--maxip`. */
  private readonly addresses = new Map<string, number>()
  private finish!: () => void

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly log: Log,
    start: (room: string, visitor: Visitor, events: ChildEvents) => Child,
  ) {
    this.done = new Promise((resolve) => {
      this.finish = resolve
    })
    this.rooms = new Rooms({
      config: config.room,
      log,
      metrics,
      start,
      publish: (topic, frame) => this.transport.publish(topic, frame.bytes, frame.binary),
      ended: () => config.server.oneshot && this.finish(),
    })
  }

  upgrade(hello: Hello): Answer {
    const verdict = this.judge(hello)
    if (verdict.kind === 'refuse') {
      this.metrics.count('refused', verdict.reason)
      return verdict
    }
    const visitor = { ip: hello.ip, remote: remoteName(hello.ip, hello.port), query: hello.query }
    return {
      kind: 'accept',
      protocol: chooseProtocol(hello.headers['sec-websocket-protocol']),
      open: (socket) => this.open(verdict, visitor, socket),
    }
  }

  private judge(hello: Hello): Verdict {
    const { rooms, served, addresses } = this
    return admit(hello, this.config.server, {
      rooms: rooms.size,
      clients: (room) => rooms.get(room)?.connections,
      connections: (ip) => addresses.get(ip) ?? 0,
      served,
    })
  }

  private open(verdict: Exclude<Verdict, { kind: 'refuse' }>, visitor: Visitor, socket: Socket): Session | undefined {
    if (verdict.kind === 'turn away') return this.turnAway(socket, visitor, verdict)
    let room: Room
    try {
      room = this.rooms.enter(verdict.room, visitor)
    } catch (error) {
      this.log.error({ room: verdict.room }, `could not start: ${(error as Error).message}`)
      return this.turnAway(socket, visitor, { ...verdict, code: 1011, reason: 'the game could not be started' })
    }
    this.served = true
    const client = new SocketClient(this.rooms.nextId(), socket)
    room.join(client, visitor)
    this.count(visitor.ip, 1)
    return {
      message: (bytes, binary) => room.message(client, bytes, binary),
      drained: () => room.drained(client),
      closed: (code) => {
        this.count(visitor.ip, -1)
        room.leave(client, String(code))
      },
    }
  }

  private count(ip: string, change: 1 | -1): void {
    const connections = (this.addresses.get(ip) ?? 0) + change
    if (connections === 0) this.addresses.delete(ip)
    else this.addresses.set(ip, connections)
  }

  private turnAway(
    socket: Socket,
    visitor: Visitor,
    { room, code, reason }: { room: string; code: number; reason: string },
  ): undefined {
    this.metrics.count('refused', String(code))
    this.log.warn({ room }, `${visitor.remote} is refused with ${code}: ${reason}`)
    socket.end(code, reason)
  }
}

class SocketClient implements Subscriber {
  constructor(
    readonly id: number,
    private readonly socket: Socket,
  ) {}

  send(frame: Frame): void {
    this.socket.send(frame.bytes, frame.binary)
  }

  close(code: number, reason: string): void {
    this.socket.end(code, reason)
  }

  subscribe(topic: string): void {
    this.socket.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.socket.unsubscribe(topic)
  }

  backlog(): number {
    return this.socket.backlog()
  }
}

interface Starter {
  start(room: string, visitor: Visitor, events: ChildEvents): Child
  close(): void
}

function createStarter(config: RoomConfig, program: string, log: Log): Starter {
  const inherited = Object.fromEntries(
    config.passenv.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]!]])),
  )
  const launch = (room: string, { query, remote }: Visitor): Launch => ({
    program,
    argv0: config.command,
    args: config.args,
    delay: config.delay,
    killGrace: config.killGrace,
    env: { PYTHONUNBUFFERED: '1', ...inherited, ROOM: room, QUERY_STRING: query, REMOTE_ADDR: remote },
  })
  const pipes = process.platform === 'win32' ? undefined : Pipes.create(log)
  const close = () => pipes?.close()
  if (config.link.kind === 'tcp') {
    const ports = new Ports(config.link.first, config.link.end)
    return { start: (room, visitor, events) => new TcpChild(launch(room, visitor), ports, pipes, events), close }
  }
  return {
    start: (room, visitor, events) => new StdioChild(launch(room, visitor), pipes, events),
    close,
  }
}

function createTransport(config: Config['server'], handlers: Handlers, log: Log): Transport {
  const options: TransportOptions = { maxPayload: config.maxPayload, idle: config.idle }
  if (config.transport === 'ws') return new WsTransport(options, handlers)
  const { library, tried } = findUws()
  if (library) return new UwsTransport(library, options, handlers)
  if (config.transport === 'uws') throw new ConfigError(`--transport uws: it did not load; ${tried.join('; ')}`)
  log.debug(`no uWebSockets.js: ${tried.join('; ')}`)
  return new WsTransport(options, handlers)
}

function pages({ server }: Config, rooms: Rooms, metrics: Metrics): Parameters<typeof createHttp>[0] {
  const registry = server.metrics ? metrics.registry() : undefined
  const report = (name: string, room: Room | undefined): RoomReport => ({
    name,
    connections: room?.connections ?? 0,
    metadata: room?.meta ?? null,
  })
  return {
    metrics: registry && { contentType: registry.contentType, text: () => registry.metrics() },
    api: server.api
      ? {
          room: (name) => report(name, rooms.get(name)),
          rooms: () => [...rooms.values()].map((room) => report(room.name, room)),
        }
      : undefined,
    files: server.staticDir === undefined ? undefined : (otherwise) => serveFiles(server.staticDir!, otherwise),
  }
}
