import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createStarter } from './child/starter.ts'
import { type Config, ConfigError } from './config.ts'
import type { OpenLobby } from './edge/api/lobby.ts'
import { type Certificate, readCertificate } from './edge/certificate.ts'
import { Door } from './edge/door.ts'
import { type Asker, askerOf } from './edge/forwarded.ts'
import { GOING_AWAY, Hall } from './edge/hall.ts'
import { securityHeaders } from './edge/headers.ts'
import { createHttp, type RoomReport } from './edge/http.ts'
import { listenAt } from './edge/listening.ts'
import { serveFolders } from './edge/static.ts'
import { type Handlers, shortIp, type Transport, type TransportOptions } from './edge/transport.ts'
import { UwsTransport } from './edge/uws.ts'
import { findUws } from './edge/uws-library.ts'
import { WsTransport } from './edge/ws.ts'
import { createLog, type Log, type LogHandle } from './log.ts'
import { Metrics } from './metrics.ts'
import { UNIX } from './proxies.ts'
import { EMPTY, type Room } from './rooms/room.ts'
import { Rooms } from './rooms/rooms.ts'

export { type Config, ConfigError, resolveConfig } from './config.ts'
export { ListenError } from './edge/transport.ts'

export interface Server {
  /** Where it listens, as a URL that a browser on this machine can open; `unix:PATH` for a unix socket. */
  readonly url: string
  /** Resolves when the server has ended by itself (`--oneshot`). */
  readonly done: Promise<void>
  /** Closes everyone with 1001, ends every child, and resolves when nothing is left. */
  close(): Promise<void>
  /** SIGKILL to every child and nothing left on disk, at once, for a process that is about to die. */
  kill(): void
  /** Reads the files of its certificate anew, where it has one; nobody is disconnected. What can't be used is logged and left. */
  readonly reload: (() => void) | undefined
}

/**
 * Starts a server: the one place where its parts are put together.
 * @throws ConfigError where the command can't be run, ListenError where the port can't be had
 */
export async function serve(config: Config, logging: LogHandle = createLog(config.log)): Promise<Server> {
  const { log } = logging
  const { tls, place } = config.server
  const certificate = tls && readCertificate(tls)
  const metrics = new Metrics()
  const starter = createStarter(config, log)
  let transport: Transport | undefined
  let lobby: OpenLobby | undefined
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const rooms = new Rooms({
    configOf: starter.configOf,
    log,
    metrics,
    maxPayload: config.server.maxPayload,
    start: starter.start,
    startBot: starter.startBot,
    publish: (topic, frame) => transport?.publish(topic, frame.bytes, frame.binary),
    changed: (room) => lobby?.games.roomChanged(room),
    joined: (room, claims) => lobby?.games.arrived(room, claims),
    left: (room, claims) => lobby?.games.departed(room, claims),
    opening: (room) => lobby?.games.opening(room),
    ended: (room, code, reason) => {
      lobby?.games.roomEnded(room, code, reason === EMPTY)
      if (config.server.oneshot) finish()
    },
  })
  const open = async () => {
    lobby = await openLobby(config, rooms, metrics, log)
    const policy = {
      ...{ ...config.server, lone: config.room !== undefined, games: config.games },
      ticketed: (room: string) => lobby?.games.has(room) === true,
    }
    const hall = new Hall(policy, rooms, metrics, log, await openDoor(config, lobby, metrics, log))
    const http = createHttp({ ...pages(config, rooms, metrics), lobby: lobby?.handle })
    const driver = createTransport(config.server, certificate, { upgrade: (hello) => hall.upgrade(hello), http }, log)
    transport = driver
    return { driver, hall, ...(await listenAt(driver, place, tls !== undefined)) }
  }
  const { driver, hall, where, url, release } = await open().catch((error) => {
    starter.close()
    void lobby?.close()
    throw error
  })
  const hints = 'path' in place ? [] : whatToOpen(config, url)
  log.info({ url }, [`listening on ${where} (${driver.name})`, ...hints].join('; '))
  const close = async (): Promise<void> => {
    const { code, reason } = GOING_AWAY
    hall.close()
    lobby?.hangUp()
    const ended = [rooms.stopAll(code, reason), driver.close(code, reason)]
    release()
    await Promise.all(ended)
    await lobby?.close()
    starter.close()
  }
  const kill = () => {
    rooms.killAll()
    release()
    starter.close()
  }
  return { url, close, done: finished.then(close), kill, reload: certificate && renewer(certificate, driver, log) }
}

/** For who reads the log: where pages are, and rooms where there is no page. */
function whatToOpen({ server, room, games }: Config, url: string): string[] {
  if (server.staticDir) return [`open ${url}`]
  const rooms = url.replace('http', 'ws')
  const ofGames = [...games].map(([name, { staticDir }]) => {
    const path = encodeURIComponent(name)
    return staticDir ? `open ${url}${path}/` : `rooms at ${rooms}${path}/ROOM`
  })
  return room ? [`rooms at ${rooms}ROOM`, ...ofGames] : ofGames
}

/** Nothing of it is loaded without `--lobby`. */
async function openLobby(config: Config, rooms: Rooms, metrics: Metrics, log: Log): Promise<OpenLobby | undefined> {
  if (!config.lobby) return undefined
  const { openLobby: open } = await import('./edge/api/lobby.ts')
  return open(config.lobby, {
    ...{ config, metrics, log },
    room: (name) => rooms.get(name),
    asker: (request) => askerOfRequest(request, config.server),
  })
}

function askerOfRequest({ headers, socket }: IncomingMessage, { tls, proxies }: Config['server']): Asker {
  const ip = socket.remoteAddress ? shortIp(socket.remoteAddress.replace(/%.*/, '')) : UNIX
  return askerOf({ ip, port: 0, headers }, tls !== undefined, proxies)
}

/** Absent where nobody can say who it is. */
async function openDoor(
  { auth, server }: Config,
  lobby: OpenLobby | undefined,
  metrics: Metrics,
  log: Log,
): Promise<Door | undefined> {
  if (!lobby && !auth.foreign) return undefined
  const identity = lobby?.identity ?? (await import('./lobby/lobby.ts')).foreignIdentity(auth, metrics, log)!
  const failed = (error: Error) => log.error(`a token could not be looked at: ${error.message}`)
  return new Door({ identity, required: auth.required, maxPayload: server.maxPayload, failed })
}

/** Says which certificate is shown, and gives what replaces it. */
function renewer(first: Certificate, transport: Transport, log: Log): () => void {
  const tell = ({ summary, expired }: Certificate) => log[expired ? 'warn' : 'info'](`certificate: ${summary}`)
  tell(first)
  return () => {
    try {
      const next = readCertificate(first.files)
      transport.renew(next)
      tell(next)
    } catch (error) {
      log.error(`the certificate stays as it was: ${(error as Error).message}`)
    }
  }
}

function createTransport(
  config: Config['server'],
  certificate: Certificate | undefined,
  handlers: Handlers,
  log: Log,
): Transport {
  const { maxPayload, idle, compress } = config
  const options: TransportOptions = { maxPayload, idle, compress, certificate }
  if (config.transport === 'ws') return new WsTransport(options, handlers)
  const { library, tried } = findUws()
  if (library) return new UwsTransport(library, options, handlers)
  if (config.transport === 'uws') throw new ConfigError(`--transport uws: it did not load; ${tried.join('; ')}`)
  log.debug(`no uWebSockets.js: ${tried.join('; ')}`)
  return new WsTransport(options, handlers)
}

function pages({ server, games }: Config, rooms: Rooms, metrics: Metrics): Parameters<typeof createHttp>[0] {
  const tls = server.tls !== undefined
  const registry = server.metrics ? metrics.registry() : undefined
  const report = (name: string, room: Room | undefined): RoomReport => ({
    name,
    connections: room?.connections ?? 0,
    metadata: room?.meta ?? null,
  })
  const folders = [...games].flatMap(([name, { staticDir }]): [string, string][] =>
    staticDir ? [[name, staticDir]] : [],
  )
  return {
    headers: (request) => securityHeaders(askerOfRequest(request, server).secure, tls),
    client: readClient(),
    metrics: registry && { contentType: registry.contentType, text: () => registry.metrics() },
    api: server.api
      ? {
          room: (name) => report(name, rooms.get(name)),
          rooms: () => [...rooms.values()].map((room) => report(room.name, room)),
        }
      : undefined,
    files: (otherwise) => serveFolders(server.staticDir, folders, otherwise),
  }
}

/** The browser client that the build made; undefined where the sources run unbuilt. */
function readClient(): string | undefined {
  const file = new URL('./client/playpipe.js', import.meta.url)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
