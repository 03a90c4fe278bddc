import { readFileSync } from 'node:fs'
import { CONFLICTS, OPTIONS, type OptionName, type RawOptions } from './options.ts'
import { ConfigError } from './values.ts'

const ALIASES = new Map(
  (Object.entries(OPTIONS) as [OptionName, { alias?: string }][]).flatMap(([name, { alias }]) =>
    alias ? [[alias.slice(2), name]] : [],
  ),
)

export interface FileOptions {
  readonly options: RawOptions
  readonly command: string[]
}

/** Reads the file of `--config`. @throws ConfigError naming it and the key */
export function readConfigFile(path: string): FileOptions {
  try {
    return readOptionsFile(path)
  } catch (error) {
    throw new ConfigError(`--config ${path}: ${(error as Error).message}`)
  }
}

/**
 * Reads the options of a JSON file: an object with the flags' names as keys and `command`, a list of words.
 * @throws ConfigError naming the key
 */
export function readOptionsFile(path: string): FileOptions {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError((error as Error).message)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError('not a JSON object')
  }
  const { command = [], ...rest } = content as Record<string, unknown>
  const words = Array.isArray(command) ? command : [command]
  if (!words.every((word) => typeof word === 'string')) throw new ConfigError('"command" is a list of words')
  const options: RawOptions = {}
  for (const [given, value] of Object.entries(rest)) {
    const key = ALIASES.get(given) ?? given
    if (!Object.hasOwn(OPTIONS, key) || key === 'config') throw new ConfigError(`there is no option "${given}"`)
    const written = writtenAs(value)
    if (written === undefined) throw new ConfigError(`"${given}" can't be ${JSON.stringify(value)}`)
    // false is how JSON says that a flag was not given
    if (value !== false) options[key as OptionName] = written
  }
  return { options, command: words }
}

function writtenAs(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  return undefined
}

/** The command line goes before a file: what it excludes there is as if it were not written. */
export function override(file: RawOptions, commandLine: RawOptions): RawOptions {
  const merged = { ...file, ...commandLine }
  for (const [a, b] of CONFLICTS) {
    if (commandLine[a] !== undefined && commandLine[b] === undefined) delete merged[b]
    if (commandLine[b] !== undefined && commandLine[a] === undefined) delete merged[a]
  }
  return merged
}
