import { readFileSync } from 'node:fs'
import type { Config, LobbyConfig } from '../../config.ts'
import type { Games, Kind, RoomView } from '../../lobby/games.ts'
import type { Identity } from '../../lobby/identity.ts'
import { Lobby } from '../../lobby/lobby.ts'
import type { Log } from '../../log.ts'
import type { Metrics } from '../../metrics.ts'
import type { RoomConfig } from '../../room-config.ts'
import type { HttpHandler } from '../static.ts'
import { Api, type ApiContext } from './api.ts'

export interface OpenLobby {
  readonly games: Games
  readonly identity: Identity
  readonly handle: HttpHandler
  /** Ends the answers that would not end by themselves. */
  hangUp(): void
  close(): Promise<void>
}

interface Surroundings extends Pick<ApiContext, 'asker'> {
  readonly config: Config
  readonly metrics: Metrics
  readonly log: Log
  room(name: string): RoomView | undefined
}

/** Opens the lobby and serves it over HTTP. @throws ConfigError where its folder can't be used */
export async function openLobby(
  options: LobbyConfig,
  { config, metrics, log, room, asker }: Surroundings,
): Promise<OpenLobby> {
  const kinds = kindsOf(config)
  const published = [config.server.staticDir, ...[...config.games.values()].map(({ staticDir }) => staticDir)]
  const lobby = await Lobby.open({
    ...{ config: options, auth: config.auth, kinds, room, metrics, log },
    published: published.filter((folder) => folder !== undefined),
  })
  const api = new Api({ lobby, log, version: version(), closed: config.auth.required, asker })
  return {
    games: lobby.games,
    identity: lobby.identity,
    handle: api.handle,
    hangUp: () => api.close(),
    close: () => lobby.close(),
  }
}

function kindsOf({ room, games }: Config): Map<string, Kind> {
  const kind = (config: RoomConfig): Kind => ({ takesParameters: config.toChild === 'json' })
  const named = [...games].map(([name, game]): [string, Kind] => [name, kind(game.room)])
  return new Map(room ? [['', kind(room)], ...named] : named)
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version
}
