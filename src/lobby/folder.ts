import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { kindAt } from '../files.ts'
import { ConfigError } from '../values.ts'

/**
 * Makes a folder for the server alone, and those above it that are missing; one at a time, since Node 20 tries for ever to make several at once
 * where none can be made, as in /proc.
 * @throws ConfigError where it can't be made
 */
export function makeFolder(path: string): void {
  const kind = kindAt(path)
  if (kind === 'folder') return
  if (kind !== 'nothing') throw new ConfigError(`--data ${path}: it is no folder`)
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    throw new ConfigError(`--data ${path}: ${(error as Error).message}`)
  }
}
