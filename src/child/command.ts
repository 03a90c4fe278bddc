import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'
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
  const files = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.isFile())
  const program = files.find(isExecutable)
  if (program === undefined) {
    throw new ConfigError(
      files[0] === undefined
        ? `${command}: no such command, neither on the PATH nor in this folder`
        : `${command}: not executable; run \`chmod +x ${command}\`, or say what runs it, as in \`playpipe python3 ${command}\``,
    )
  }
  const interpreter = interpreterOf(program)
  if (interpreter !== undefined && !existsSync(interpreter)) {
    throw new ConfigError(`${command}: its first line asks for ${interpreter}, which does not exist`)
  }
  return program
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
