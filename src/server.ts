import { existsSync, readFileSync } from 'node:fs'
import type { Child, ChildEvents, Launch } from './child/child.ts'
import { resolveCommand } from './child/command.ts'
import { Pipes } from './child/pipes.ts'
import { StdioChild } from './child/stdio.ts'
import { Ports, TcpChild } from './child/tcp.ts'
import { type Config, ConfigError, type RoomConfig } from './config.ts'
import { Hall } from './edge/hall.ts'
import { createHttp, type RoomReport } from './edge/http.ts'
import { serveFiles } from './edge/static.ts'
import { type Handlers, ListenError, remoteName, type Transport, type TransportOptions } from './edge/transport.ts'
import { UwsTransport } from './edge/uws.ts'
import { findUws } from './edge/uws-library.ts'
import { WsTransport } from './edge/ws.ts'
import { createLog, type Log, type LogHandle } from './log.ts'
import { Metrics } from './metrics.ts'
import type { Visitor } from './rooms/client.ts'
import type { Room } from './rooms/room.ts'
import { Rooms } from './rooms/rooms.ts'

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

const GOING_AWAY = 'the server is going away'

/**
 * Starts a server: the one place where its parts are put together.
 * @throws ConfigError where the command can't be run, ListenError where the port can't be had
 */
export async function serve(config: Config, logging: LogHandle = createLog(config.log)): Promise<Server> {
  const { log } = logging
  const metrics = new Metrics()
  const starter = createStarter(config.room, log)
  let transport: Transport | undefined
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const rooms = new Rooms({
    config: config.room,
    log,
    metrics,
    maxPayload: config.server.maxPayload,
    start: starter.start,
    startBot: starter.startBot,
    publish: (topic, frame) => transport?.publish(topic, frame.bytes, frame.binary),
    ended: () => config.server.oneshot && finish(),
  })
  const hall = new Hall(config.server, rooms, metrics, log)
  const http = createHttp(pages(config, rooms, metrics))
  transport = createTransport(config.server, { upgrade: (hello) => hall.upgrade(hello), http }, log)
  const close = async (): Promise<void> => {
    await Promise.all([rooms.stopAll(1001, GOING_AWAY), transport.close(1001, GOING_AWAY)])
    starter.close()
  }
  const kill = () => {
    rooms.killAll()
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
    return { url, close, done: finished.then(close), kill }
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

interface Starter {
  start(room: string, visitor: Visitor, events: ChildEvents): Child
  startBot(room: string, events: ChildEvents): Child
  close(): void
}

function createStarter(config: RoomConfig, log: Log): Starter {
  const { command, args, bots, delay, killGrace, link } = config
  const inherited = Object.fromEntries(
    config.passenv.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]!]])),
  )
  const env = (room: string) => ({ PYTHONUNBUFFERED: '1', ...inherited, ROOM: room })
  const game = { program: resolveCommand(command), argv0: command, args, delay, killGrace }
  const bot = bots && {
    program: resolveCommand(bots.command),
    argv0: bots.command,
    args: bots.args,
    delay: 0,
    killGrace,
  }
  const launch = (room: string, { query, remote }: Visitor): Launch => ({
    ...game,
    env: { ...env(room), QUERY_STRING: query, REMOTE_ADDR: remote },
  })
  const pipes = process.platform === 'win32' ? undefined : Pipes.create(log)
  const ports = link.kind === 'tcp' ? new Ports(link.first, link.end) : undefined
  return {
    start: (room, visitor, events) =>
      ports
        ? new TcpChild(launch(room, visitor), ports, pipes, events)
        : new StdioChild(launch(room, visitor), pipes, events),
    startBot: (room, events) => new StdioChild({ ...bot!, env: env(room) }, pipes, events),
    close: () => pipes?.close(),
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
    client: readClient(),
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

/** The browser client that the build made; undefined where the sources run unbuilt. */
function readClient(): string | undefined {
  const file = new URL('./client/playpipe.js', import.meta.url)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
