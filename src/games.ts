import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { override, readOptionsFile } from './config-file.ts'
import { kindAt } from './files.ts'
import { pathName } from './names.ts'
import { OPTIONS, type OptionName, parseOption, parseOptions, type RawOptions } from './options.ts'
import { type RoomConfig, resolveRoom } from './room-config.ts'
import { ConfigError } from './values.ts'

/** One of several games of a server. */
export interface Game {
  readonly room: RoomConfig
  /** The folder that is served under its name; nothing else of the game's own is. */
  readonly staticDir: string | undefined
}

/**
 * Reads the games of `--games`: a folder each, with a `game.json` that holds the command and options of its rooms. A game runs in its own
 * folder, and what it does not say itself holds as it stands on the command line.
 * @param known clients can say who they are
 * @throws ConfigError naming the file that is wrong
 */
export function readGames(folder: string, commandLine: RawOptions, known: boolean): ReadonlyMap<string, Game> {
  const names = namesIn(folder)
    .filter((name) => kindAt(join(folder, name, 'game.json')) === 'file')
    .sort()
  if (names.length === 0) throw new ConfigError(`--games ${folder}: no folder in it holds a game.json`)
  return new Map(names.map((name) => [name, readGame(resolve(folder, name), name, commandLine, known)]))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw new ConfigError(`--games ${folder}: ${(error as Error).message}`)
  }
}

function readGame(folder: string, name: string, commandLine: RawOptions, known: boolean): Game {
  const file = join(folder, 'game.json')
  try {
    if (pathName(encodeURIComponent(name)) === undefined)
      throw new ConfigError(`${name} can't be a game's name: it is no part of a path, or one of the server's own`)
    const { options, command } = readOptionsFile(file)
    const { staticdir, ...own } = options
    const foreign = Object.keys(own).find((key) => OPTIONS[key as OptionName].scope !== 'room')
    if (foreign) throw new ConfigError(`"${foreign}" is for the whole server: it can't be a game's`)
    const o = parseOptions(override(ofRooms(commandLine), own))
    const staticDir = staticdir === undefined ? undefined : parseOption('staticdir', resolve(folder, staticdir))
    return { room: resolveRoom(o, command, known, folder), staticDir }
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${file}: ${error.message}`)
    throw error
  }
}

function ofRooms(raw: RawOptions): RawOptions {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => OPTIONS[key as OptionName].scope === 'room'))
}
