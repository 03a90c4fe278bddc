import { generateKeyPairSync } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JWTPayload, SignJWT } from 'jose'
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

/** An address for `--jwks` that keeps whoever asks waiting until it is released, and what its key signs. */
export async function slowKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA' }]
  const gate = new EventEmitter()
  const [asked, released] = [once(gate, 'asked'), once(gate, 'released')]
  const server = createServer(async (_request, response) => {
    gate.emit('asked')
    await released
    response.end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    release: () => gate.emit('released'),
    sign: (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: 'k' }).sign(privateKey),
  }
}
