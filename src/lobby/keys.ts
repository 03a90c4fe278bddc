import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../values.ts'
import { makeFolder } from './folder.ts'

export interface Key {
  /** Stands in the header of what it signs. */
  readonly id: string
  readonly secret: KeyObject
  /** In ms since 1970. */
  readonly made: number
}

const DAY = 86_400_000
/** A key signs for so long. */
export const KEY_AGE = 30 * DAY
/** No token lives longer: a key that has had a successor for so long has nothing left to verify. */
export const LONGEST_TOKEN = 30 * DAY
/** HS256 wants a key as long as its hash (RFC 7518, section 3.2). */
const SECRET_BYTES = 32

/**
 * The keys that sign the server's own tokens: a file each in a folder, mode 600. The newest signs; older ones verify until their tokens
 * have ended, so that nobody is logged out by a new one. `refresh` looks at the folder again, and there
 * - makes a new key where the newest is 30 days old, or where somebody has put a file called `rotate`, which it takes away;
 * - forgets a key whose file is gone: whoever was logged in by it is logged out.
 */
export class Keys {
  private keys = new Map<string, Key>()

  /** @throws ConfigError for a file that is no key, or that others can read */
  constructor(
    private readonly folder: string,
    now: number,
  ) {
    makeFolder(folder)
    this.refresh(now)
  }

  /** What signs now. */
  get current(): Key {
    return [...this.keys.values()].reduce((newest, key) => (key.made > newest.made ? key : newest))
  }

  find(id: string): Key | undefined {
    return this.keys.get(id)
  }

  /** @throws ConfigError as the constructor does; the keys stay as they were then */
  refresh(now: number): void {
    const wish = join(this.folder, 'rotate')
    const found = readdirSync(this.folder)
      .filter((name) => name.endsWith('.key'))
      .map((name) => this.keys.get(name.slice(0, -4)) ?? readKey(this.folder, name))
      .sort((a, b) => a.made - b.made)
    const newest = found.at(-1)
    if (!newest || newest.made <= now - KEY_AGE || existsSync(wish)) found.push(makeKey(this.folder, now))
    rmSync(wish, { force: true })
    const idle = found.filter((_key, i) => (found[i + 1]?.made ?? now) <= now - LONGEST_TOKEN)
    for (const { id } of idle) rmSync(join(this.folder, `${id}.key`), { force: true })
    this.keys = new Map(found.filter((key) => !idle.includes(key)).map((key) => [key.id, key]))
  }
}

function makeKey(folder: string, made: number): Key {
  const id = randomBytes(6).toString('base64url')
  const secret = randomBytes(SECRET_BYTES)
  const draft = join(folder, `${id}.new`)
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, `${JSON.stringify({ made: new Date(made).toISOString(), secret: secret.toString('base64url') })}\n`)
  fsyncSync(file)
  closeSync(file)
  // Whole or not there, whenever the power goes.
  renameSync(draft, join(folder, `${id}.key`))
  return { id, secret: createSecretKey(secret), made }
}

function readKey(folder: string, name: string): Key {
  const file = join(folder, name)
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new ConfigError(`${file}: others can read this key; chmod 600 ${file}`)
  try {
    const { made, secret } = JSON.parse(readFileSync(file, 'utf8'))
    const bytes = Buffer.from(secret, 'base64url')
    if (bytes.length < SECRET_BYTES || Number.isNaN(Date.parse(made))) throw new TypeError('it is no key')
    return { id: name.slice(0, -4), secret: createSecretKey(bytes), made: Date.parse(made) }
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message}`)
  }
}
