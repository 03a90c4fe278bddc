import { accessSync, closeSync, constants, existsSync, openSync, readSync } from 'node:fs'
import { basename, delimiter, resolve } from 'node:path'
import { kindAt } from '../files.ts'
import { ConfigError } from '../values.ts'

/**
 * Finds the program that a command names: by its path, on the PATH, or else in the working directory.
 * @param cwd the working directory
 * @returns its absolute path, since the child's own PATH may not lead there (`--passenv=`)
 * @throws ConfigError where there is none, or it can't be run
 */
export function resolveCommand(command: string, cwd = '.', path = process.env.PATH ?? ''): string {
  const places = command.includes('/')
    ? [resolve(cwd, command)]
    : [...path.split(delimiter), '.'].map((dir) => resolve(cwd, dir || '.', command))
  const files = places.filter((place) => kindAt(place) === 'file')
  const program = files.find(isExecutable)
  if (program === undefined) throw new ConfigError(`${command}: ${whyNone(command, files, places.at(-1)!)}`)
  const interpreter = interpreterOf(program)
  if (interpreter !== undefined && !existsSync(interpreter)) {
    throw new ConfigError(`${command}: its first line asks for ${interpreter}, which does not exist`)
  }
  return program
}

/** @param here where the command would lie in the working directory */
function whyNone(command: string, files: readonly string[], here: string): string {
  if (files.length > 0)
    return `not executable; run \`chmod +x ${command}\`, or say what runs it, as in \`playpipe python3 ${command}\``
  if (kindAt(here) === 'folder')
    return `it is a folder; say which program to run, as in \`playpipe ./${basename(here)}/game.py\``
  if (/\s/.test(command)) {
    const words = command.trim().split(/\s+/)
    const list = words.map((word) => JSON.stringify(word)).join(', ')
    return `no such command; give its words apart, as in \`playpipe -- ${words.join(' ')}\`, or as a list in a file: [${list}]`
  }
  return 'no such command, neither on the PATH nor in this folder'
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false // the caller says what to do
  }
}

function interpreterOf(program: string): string | undefined {
  const head = Buffer.alloc(256)
  let file: number
  try {
    file = openSync(program, 'r')
  } catch {
    return undefined // executable and not readable is allowed
  }
  try {
    const length = readSync(file, head)
    return /^#!\s*(\/\S+)/.exec(head.toString('latin1', 0, length))?.[1]
  } finally {
    closeSync(file)
  }
}
