import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { ForeignConfig } from '../config.ts'
import { ConfigError } from '../values.ts'
import { type Refused, refusalOf } from './refusal.ts'
import { headerOf } from './tokens.ts'

interface Verifier {
  /** A key, or what finds it by the token's header. */
  readonly key: KeyObject | JWTVerifyGetKey
  readonly algorithms: string[]
}

const HMAC = ['HS256', 'HS384', 'HS512']
const RSA = ['RS256', 'RS384', 'RS512']
const PSS = ['PS256', 'PS384', 'PS512']
const CURVES: Record<string, string> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
const EDWARDS = ['EdDSA', 'Ed25519']
/** A key set may hold no secret, so that a public key is never taken for one. */
const PUBLIC = [...RSA, ...PSS, ...Object.values(CURVES), ...EDWARDS]
/** An answer of `--jwks` that takes longer is none, in ms. */
const PATIENCE = 5000

/** Verifies the tokens that others sign. */
export class ForeignTokens {
  private readonly verifier: Verifier

  /** @throws ConfigError for a file that holds no key */
  constructor(
    private readonly config: ForeignConfig,
    private readonly now: () => number,
  ) {
    this.verifier = verifierOf(config.source)
  }

  async verify(token: string): Promise<JWTPayload | Refused> {
    if (!headerOf(token)) return { refused: 'malformed' }
    const { key, algorithms } = this.verifier
    const { issuer, audience } = this.config
    const rules = {
      algorithms,
      currentDate: new Date(this.now()),
      ...(issuer && { issuer }),
      ...(audience && { audience }),
    }
    try {
      // Its two signatures, for a key and for what finds one, do the same.
      const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, { ...rules, requiredClaims: ['sub'] })
      return payload.sub === '' ? { refused: 'claims' } : payload
    } catch (error) {
      return refusalOf(error)
    }
  }
}

function verifierOf(source: ForeignConfig['source']): Verifier {
  if (source.kind === 'secret') return { key: createSecretKey(Buffer.from(source.secret)), algorithms: HMAC }
  if (source.kind === 'url')
    return { key: createRemoteJWKSet(new URL(source.url), { timeoutDuration: PATIENCE }), algorithms: PUBLIC }
  try {
    const text = readFileSync(source.path, 'utf8')
    return text.trimStart().startsWith('{') ? fromJwk(JSON.parse(text)) : fromKey(readKey(text))
  } catch (error) {
    throw new ConfigError(`--jwtkey ${source.path}: ${(error as Error).message}`)
  }
}

/** OpenSSL's own words for what is no key help nobody. */
function readKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch {
    throw new TypeError('it holds no key: want PEM, a JWK, or a set of JWKs')
  }
}

function fromJwk(jwk: Record<string, unknown>): Verifier {
  if (Array.isArray(jwk.keys)) return { key: createLocalJWKSet({ keys: jwk.keys }), algorithms: PUBLIC }
  if (jwk.kty !== 'oct') return fromKey(createPublicKey({ key: jwk, format: 'jwk' }))
  if (typeof jwk.k !== 'string') throw new TypeError('a key of the kind "oct" has its bytes in "k"')
  return { key: createSecretKey(Buffer.from(jwk.k, 'base64url')), algorithms: HMAC }
}

/** A key verifies the algorithms of its own kind only. */
function fromKey(key: KeyObject): Verifier {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key
  const algorithms: Record<string, readonly (string | undefined)[]> = {
    rsa: [...RSA, ...PSS],
    'rsa-pss': PSS,
    ec: [CURVES[details?.namedCurve ?? '']],
    ed25519: EDWARDS,
  }
  const found = (algorithms[kind ?? ''] ?? []).filter((name) => name !== undefined)
  if (found.length === 0) throw new TypeError(`no algorithm of signed tokens goes with a key of the kind ${kind}`)
  return { key, algorithms: found }
}
