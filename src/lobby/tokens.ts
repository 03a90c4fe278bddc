import { randomBytes } from 'node:crypto'
import { decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { Keys } from './keys.ts'
import { type Refused, refusalOf } from './refusal.ts'

/** What a token of ours is for. It is its audience, so that one is never taken for another. */
export type Use = 'session' | 'ticket'

export interface Issued {
  readonly token: string
  /** Random; names the token where it is spent. */
  readonly jti: string
  /** In ms since 1970. */
  readonly expires: number
}

const ISSUER = 'playpipe'
/** Longer ones are not looked at: a header of HTTP holds no more. */
const MAX_TOKEN = 8192

/** Signs and verifies the server's own tokens: HS256, since nobody else has to read them. */
export class Tokens {
  constructor(
    private readonly keys: Keys,
    private readonly now: () => number,
  ) {}

  /** @param seconds that it lives */
  async issue(use: Use, claims: JWTPayload, seconds: number): Promise<Issued> {
    const { id, secret } = this.keys.current
    const jti = randomBytes(16).toString('base64url')
    const made = Math.floor(this.now() / 1000)
    const token = await new SignJWT({ ...claims, jti, iat: made, exp: made + seconds, iss: ISSUER, aud: use })
      .setProtectedHeader({ alg: 'HS256', kid: id })
      .sign(secret)
    return { token, jti, expires: (made + seconds) * 1000 }
  }

  /** Whether a token names a key of ours; what does not may be somebody else's. */
  owns(token: string): boolean {
    return this.keys.find(headerOf(token)?.kid ?? '') !== undefined
  }

  async verify(token: string, uses: readonly Use[]): Promise<JWTPayload | Refused> {
    const header = headerOf(token)
    if (!header) return { refused: 'malformed' }
    if (header.alg !== 'HS256') return { refused: 'algorithm' }
    const key = this.keys.find(header.kid ?? '')
    if (!key) return { refused: 'key' }
    const rules = { algorithms: ['HS256'], issuer: ISSUER, audience: [...uses], currentDate: new Date(this.now()) }
    try {
      return (await jwtVerify(token, key.secret, { ...rules, requiredClaims: ['sub', 'jti', 'exp'] })).payload
    } catch (error) {
      return refusalOf(error)
    }
  }
}

/** @returns undefined for what is no token */
export function headerOf(token: string): { alg?: string; kid?: string } | undefined {
  try {
    if (token.length > MAX_TOKEN) return undefined
    const { alg, kid } = decodeProtectedHeader(token)
    return typeof alg === 'string' ? { alg, ...(typeof kid === 'string' && { kid }) } : undefined
  } catch {
    return undefined // no JWT
  }
}
