import { readFileSync } from 'node:fs'
import { CONFLICTS, OPTIONS, type Option, type OptionName, parseOption, type RawOptions } from './options.ts'
import { ConfigError, words } from './values.ts'

const ALIASES = new Map(
  (Object.entries(OPTIONS) as [OptionName, { alias?: string }][]).flatMap(([name, { alias }]) =>
    alias ? [[alias.slice(2), name]] : [],
  ),
)

export interface FileOptions {
  readonly options: RawOptions
  readonly command: string[]
}

/** Reads the file of `--config`, before which the command line goes. @throws ConfigError naming it and the key */
export function readConfigFile(path: string, commandLine: RawOptions = {}): FileOptions {
  try {
    const { options, command } = readOptionsFile(path)
    const merged = override(options, commandLine)
    for (const [name, written] of Object.entries(merged) as [OptionName, string][])
      if (commandLine[name] === undefined) parseOption(name, written)
    return { options: merged, command }
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
  const line = Array.isArray(command) ? command : [command]
  if (!line.every((word) => typeof word === 'string')) throw new ConfigError('"command" is a list of words')
  const options: RawOptions = {}
  for (const [given, value] of Object.entries(rest)) {
    const key = ALIASES.get(given) ?? given
    if (!Object.hasOwn(OPTIONS, key) || key === 'config') throw new ConfigError(`there is no option "${given}"`)
    const written = writtenAs(OPTIONS[key as OptionName], value)
    if (written === undefined) throw new ConfigError(`"${given}" can't be ${JSON.stringify(value)}`)
    // false is how JSON says that a flag was not given
    if (value !== false) options[key as OptionName] = written
  }
  return { options, command: line }
}

function writtenAs(option: Option<unknown>, value: unknown): string | undefined {
  if (value === true && option.afterEquals?.alone !== undefined) return option.afterEquals.alone
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return option.parse === words ? value.map(asWord).join(' ') : value.join(',')
  return undefined
}

/** As `words` reads it. */
function asWord(word: string): string {
  return word === '' ? "''" : word.replace(/[\s\\'"]/g, '\\$&')
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
