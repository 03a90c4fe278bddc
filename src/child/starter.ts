import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { gameOf, nameInGame } from '../names.ts'
import type { RoomConfig } from '../room-config.ts'
import { ConfigError } from '../values.ts'
import type { Child, ChildEvents, Launch } from './child.ts'
import { resolveCommand } from './command.ts'
import { Pipes } from './pipes.ts'
import { StdioChild } from './stdio.ts'
import { Ports, TcpChild } from './tcp.ts'

/** Whose coming started a room. */
interface Visitor {
  readonly query: string
  readonly remote: string
}

/** Starts the programs of rooms, and of their bots. */
export interface Starter {
  /** How a room of this name is run. */
  configOf(room: string): RoomConfig
  /** @throws where descriptors ran out */
  start(room: string, visitor: Visitor, events: ChildEvents): Child
  startBot(room: string, events: ChildEvents): Child
  /** Leaves nothing on disk. */
  close(): void
}

/** @throws ConfigError where a command can't be run */
export function createStarter({ room, games }: Pick<Config, 'room' | 'games'>, log: Log): Starter {
  const kinds = new Map<string | undefined, Kind>(
    [...games].map(([name, game]) => [name, createKind(game.room, log, name)]),
  )
  if (room) kinds.set(undefined, createKind(room, log))
  const kindOf = (name: string) => kinds.get(gameOf(name))!
  // After all that can be refused: from here on there is something to be cleaned up.
  const pipes = process.platform === 'win32' ? undefined : Pipes.create(log)
  return {
    configOf: (name) => kindOf(name).config,
    start: (name, visitor, events) => {
      const { launch, ports } = kindOf(name)
      const how = launch(nameInGame(name), visitor)
      return ports ? new TcpChild(how, ports, pipes, events) : new StdioChild(how, pipes, events)
    },
    startBot: (name, events) => new StdioChild(kindOf(name).launchBot(nameInGame(name)), pipes, events),
    close: () => pipes?.close(),
  }
}

function find(command: string, cwd: string | undefined, game: string | undefined): string {
  try {
    return resolveCommand(command, cwd)
  } catch (error) {
    if (game === undefined || !(error instanceof ConfigError)) throw error
    throw new ConfigError(`the game ${game}: ${error.message}`)
  }
}

/** How the rooms of one game are run. */
interface Kind {
  readonly config: RoomConfig
  readonly ports: Ports | undefined
  launch(room: string, visitor: Visitor): Launch
  launchBot(room: string): Launch
}

function createKind(config: RoomConfig, log: Log, game?: string): Kind {
  const { command, args, bots, delay, killGrace, link, cwd, idField } = config
  const inherited = Object.fromEntries(
    config.passenv.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]!]])),
  )
  const env = (room: string) => ({ PYTHONUNBUFFERED: '1', ...inherited, ROOM: room })
  const program = (argv0: string) => ({ program: find(argv0, cwd, game), argv0, cwd, killGrace })
  const main = { ...program(command), args, delay }
  const bot = bots && { ...program(bots.command), args: bots.args, delay: 0 }
  for (const warning of config.warnings) log.warn(`${game === undefined ? '' : `the game ${game}: `}${warning}`)
  if (idField) {
    const where = game === undefined ? '' : ` of ${game}`
    log.info(
      `messages and frames${where} are addressed by "${idField.name}" too, as in ScaleSocket 0.1; --idfield= turns it off`,
    )
  }
  return {
    config,
    ports: link.kind === 'tcp' ? new Ports(link.first, link.end) : undefined,
    launch: (room, { query, remote }) => ({ ...main, env: { ...env(room), QUERY_STRING: query, REMOTE_ADDR: remote } }),
    launchBot: (room) => ({ ...bot!, env: env(room) }),
  }
}
