import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { setPriority } from 'node:os'
import { answerCalls } from './thread.ts'

/**
 * The fourth of the five settings that OWASP's Password Storage Cheat Sheet gives as equally strong: N 2^14, r 8, p 5.
 * A password at work takes 16 MiB, where the first takes 128, and about 0.15 s.
 */
const COST = { ln: 14, r: 8, p: 5 }
const SALT_BYTES = 16
const KEY_BYTES = 32

/** Log-ins yield to rooms: on Linux this is the priority of this thread alone. Elsewhere it would be the process's. */
if (process.platform === 'linux') setPriority(5)

function derive(password: string, salt: Buffer, { ln, r, p }: typeof COST, bytes: number): Buffer {
  const N = 2 ** ln
  return scryptSync(password.normalize('NFKC'), salt, bytes, { N, r, p, maxmem: 256 * N * r })
}

/** In the PHC string format, which says by itself how it was made. */
function hash(password: string): string {
  const salt = randomBytes(SALT_BYTES)
  const key = derive(password, salt, COST, KEY_BYTES)
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${salt.toString('base64')}$${key.toString('base64')}`
}

const NO_SALT = randomBytes(SALT_BYTES)

/** Takes as long where there is no such password. */
function verify(password: string, stored: string | undefined): boolean {
  const [, ln, r, p, salt, key] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored ?? '') ?? []
  if (key === undefined) {
    derive(password, NO_SALT, COST, KEY_BYTES)
    return false
  }
  const wanted = Buffer.from(key, 'base64')
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  return timingSafeEqual(derive(password, Buffer.from(salt!, 'base64'), cost, wanted.length), wanted)
}

const calls = { hash, verify }
export type ScryptCalls = typeof calls
answerCalls(calls)
