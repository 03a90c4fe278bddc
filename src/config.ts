import { type Game, readGames } from './games.ts'
import { type Parsed, parseOptions, type RawOptions } from './options.ts'
import type { OriginRule } from './origins.ts'
import { NO_PROXIES, type Proxies, UNIX } from './proxies.ts'
import { type RoomConfig, resolveRoom } from './room-config.ts'
import { ConfigError, type RateRule } from './values.ts'

export { ConfigError } from './values.ts'

/** Where a server listens. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

/** PEM files. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface ServerConfig {
  readonly place: Place
  readonly tls: TlsFiles | undefined
  /** The origins of pages that may open WebSockets; undefined: all. With `sameOrigin`, the host that was asked for is one of them. */
  readonly origins: readonly OriginRule[] | undefined
  readonly sameOrigin: boolean
  readonly proxies: Proxies
  readonly compress: boolean
  readonly transport: 'auto' | 'uws' | 'ws'
  readonly staticDir: string | undefined
  readonly api: boolean
  readonly metrics: boolean
  /** Names of the only rooms there are. */
  readonly rooms: ReadonlySet<string> | undefined
  readonly maxRooms: number
  readonly maxConns: number
  readonly maxIp: number
  readonly oneshot: boolean
  /** Seconds; 0 is off. */
  readonly idle: number
  readonly maxPayload: number
}

export interface LobbyConfig {
  /** Of the database and the keys. */
  readonly data: string
  /** People may play without an account. */
  readonly guests: boolean
  /** Sign-ups, log-ins and guests from one address. */
  readonly limit: RateRule
}

/** Whose tokens are taken beside the server's own. */
export interface ForeignConfig {
  readonly source:
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'url'; readonly url: string }
  readonly issuer: string | undefined
  readonly audience: string | undefined
}

export interface AuthConfig {
  /** Nobody comes in without a token. */
  readonly required: boolean
  readonly foreign: ForeignConfig | undefined
}

export interface LogConfig {
  readonly format: 'text' | 'json'
  readonly level: 'info' | 'debug' | 'trace'
}

export interface Config {
  readonly server: ServerConfig
  /** How rooms at `/ROOM` are run; absent where `--games` stands alone. */
  readonly room: RoomConfig | undefined
  /** What is played at `/GAME/ROOM`. */
  readonly games: ReadonlyMap<string, Game>
  readonly lobby: LobbyConfig | undefined
  readonly auth: AuthConfig
  readonly log: LogConfig
}

/** How `playpipe connect` seats a program in a room elsewhere. */
export interface ConnectConfig {
  /** Of the room. */
  readonly url: string
  readonly command: string
  readonly args: readonly string[]
  readonly binary: boolean
  readonly passenv: readonly string[]
  readonly killGrace: number
  readonly maxLine: number
  readonly maxInbox: number
  readonly log: LogConfig
}

/** The options of `playpipe connect`. */
export const CONNECT_OPTIONS = ['binary', 'passenv', 'killgrace', 'maxline', 'maxinbox', 'log', 'verbose'] as const

/** @throws ConfigError for a value that can't be used, and where the address or the command is missing */
export function resolveConnect(raw: RawOptions, [url, command, ...args]: readonly string[]): ConnectConfig {
  if (!url || !command)
    throw new ConfigError('want an address and a command, as in `playpipe connect ws://localhost:9000/lobby ./bot.py`')
  const o = parseOptions(raw)
  return {
    ...{ url, command, args, binary: o.binary === true, passenv: o.passenv! },
    ...{ killGrace: o.killgrace!, maxLine: o.maxline!, maxInbox: o.maxinbox!, log: logOf(o) },
  }
}

function logOf(o: Parsed): LogConfig {
  return { format: o.log!, level: (['info', 'debug', 'trace'] as const)[Math.min(o.verbose ?? 0, 2)]! }
}

/** @throws ConfigError where all clients would count as one */
function placeOf(o: Parsed): Place {
  if (o.unixsocket === undefined) return o.port === undefined ? o.addr! : { host: '0.0.0.0', port: o.port }
  if (o.maxip! > 0 && !o.trustproxy?.has(UNIX))
    throw new ConfigError('--maxip with --unixsocket needs --trustproxy unix: the socket itself tells no addresses')
  return { path: o.unixsocket }
}

/**
 * @param command the program and its arguments
 * @throws ConfigError for a value that can't be used, for options that exclude each other, and for a game that can't be read
 */
export function resolveConfig(raw: RawOptions, command: readonly string[]): Config {
  const o = parseOptions(raw)
  const known = [o.lobby, o.jwtsecret, o.jwtkey, o.jwks].some((source) => source !== undefined)
  return {
    log: logOf(o),
    server: {
      place: placeOf(o),
      tls: o.tlscert === undefined ? undefined : { cert: o.tlscert, key: o.tlskey! },
      origins: o.origin,
      sameOrigin: o.sameorigin === true,
      proxies: o.trustproxy ?? NO_PROXIES,
      compress: o.compress === true,
      transport: o.transport!,
      staticDir: o.staticdir,
      api: o.api === true,
      metrics: o.metrics === true,
      rooms: o.rooms === undefined ? undefined : new Set(o.rooms),
      maxRooms: o.oneshot ? 1 : o.maxrooms!,
      maxConns: o.maxconns!,
      maxIp: o.maxip!,
      oneshot: o.oneshot === true,
      idle: o.idle!,
      maxPayload: o.maxpayload!,
    },
    room: o.games !== undefined && command.length === 0 ? undefined : resolveRoom(o, command, known),
    games: o.games === undefined ? new Map() : readGames(o.games, raw, known),
    lobby: o.lobby ? { data: o.data!, guests: o.guests === true, limit: o.authlimit! } : undefined,
    auth: { required: o.auth === 'required', foreign: foreignOf(o) },
  }
}

function foreignOf({ jwtsecret, jwtkey, jwks, issuer, audience }: Parsed): ForeignConfig | undefined {
  if (jwtsecret !== undefined) return { source: { kind: 'secret', secret: jwtsecret }, issuer, audience }
  if (jwtkey !== undefined) return { source: { kind: 'file', path: jwtkey }, issuer, audience }
  return jwks === undefined ? undefined : { source: { kind: 'url', url: jwks }, issuer, audience }
}
