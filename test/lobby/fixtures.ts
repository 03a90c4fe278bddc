import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../src/lobby/database.ts'
import type { Store } from '../../src/lobby/store.ts'

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'playpipe-lobby-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store without a thread, on a database in memory. */
export function storeInMemory(database: Database = openDatabase(':memory:')): Store {
  return {
    call: async (name, ...args) => (database.calls[name] as (...args: unknown[]) => never)(...args),
    close: async () => database.close(),
  }
}

/** A clock that stands until it is told to go on. */
export class Clock {
  ms = Date.UTC(2030, 0, 1)
  readonly now = (): number => this.ms
  pass(seconds: number): void {
    this.ms += seconds * 1000
  }
}

/** Bytes changed within a part of a token; the last character holds bits that mean nothing. */
export function forge(token: string, part: 0 | 1 | 2): string {
  const parts = token.split('.')
  const text = parts[part]!
  parts[part] = `${text.slice(0, 5)}${text[5] === 'A' ? 'B' : 'A'}${text.slice(6)}`
  return parts.join('.')
}

/** A token that says what it likes and is signed by nobody. */
export function unsigned(header: object, claims: object): string {
  return `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}
