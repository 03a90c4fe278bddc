import { errors } from 'jose'

/** Why a token is not taken: a label for the metrics. */
export type Reason =
  /** It is no token. */
  | 'malformed'
  /** `alg` is none, or one that its key does not go with. */
  | 'algorithm'
  | 'signature'
  /** Nothing here verifies it: it names a key that is not ours, or no longer. */
  | 'key'
  | 'expired'
  /** It is not valid yet. */
  | 'early'
  | 'audience'
  | 'issuer'
  /** It says not whom it is for, or not in the way that it must. */
  | 'claims'
  /** A ticket that was used. */
  | 'reused'
  /** Its owner has logged out. */
  | 'revoked'
  /** The keys of `--jwks` can't be had. */
  | 'unavailable'

export interface Refused {
  readonly refused: Reason
}

const CLAIMS: Record<string, Reason> = { aud: 'audience', iss: 'issuer', nbf: 'early', exp: 'claims' }

const CODES: Record<string, Reason> = {
  ERR_JWT_EXPIRED: 'expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JOSE_NOT_SUPPORTED: 'algorithm',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWS_INVALID: 'malformed',
  ERR_JWT_INVALID: 'malformed',
  ERR_JWKS_NO_MATCHING_KEY: 'key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'key',
}

/** What an error of jose means. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof errors.JWTClaimValidationFailed) return { refused: CLAIMS[error.claim] ?? 'claims' }
  const known = error instanceof errors.JOSEError ? CODES[error.code] : undefined
  // What is left: the key set was not to be had, or the key does not go with the algorithm.
  return { refused: known ?? (error instanceof TypeError && /key/i.test(error.message) ? 'algorithm' : 'unavailable') }
}
