import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

/**
 * The fourth of the five settings that OWASP's Password Storage Cheat Sheet gives as equally strong: N 2^14, r 8, p 5.
 * A password at work takes 16 MiB, where the first takes 128, and about 0.15 s.
 */
const COST = { ln: 14, r: 8, p: 5 }
const SALT_BYTES = 16
const KEY_BYTES = 32

/** Makes a key of so many bytes of a password. */
export type Derive = (password: string, salt: Buffer, cost: typeof COST, bytes: number) => Buffer

const deriveKey: Derive = (password, salt, { ln, r, p }, bytes) => {
  const N = 2 ** ln
  return scryptSync(password.normalize('NFKC'), salt, bytes, { N, r, p, maxmem: 256 * N * r })
}

/** Hashes passwords, and checks them. Slow, and done at once: for a thread of its own. */
export function createScrypt(derive: Derive = deriveKey) {
  const noSalt = randomBytes(SALT_BYTES)
  return {
    /** @returns the PHC string format, which says by itself how it was made */
    hash(password: string): string {
      const salt = randomBytes(SALT_BYTES)
      const key = derive(password, salt, COST, KEY_BYTES)
      return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${salt.toString('base64')}$${key.toString('base64')}`
    },

    /** Does the same work where there is no such password. */
    verify(password: string, stored: string | undefined): boolean {
      const [, ln, r, p, salt, key] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored ?? '') ?? []
      if (key === undefined) {
        derive(password, noSalt, COST, KEY_BYTES)
        return false
      }
      const wanted = Buffer.from(key, 'base64')
      const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
      return timingSafeEqual(derive(password, Buffer.from(salt!, 'base64'), cost, wanted.length), wanted)
    },
  }
}

export type ScryptCalls = ReturnType<typeof createScrypt>
