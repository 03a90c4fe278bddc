import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Metrics } from '../metrics.ts'
import type { ForeignTokens } from './foreign.ts'
import type { Refused } from './refusal.ts'
import type { Spent } from './spent.ts'
import type { Issued, Tokens, Use } from './tokens.ts'

export interface Player {
  /** Random and for ever; of a foreign token, its `sub`. */
  readonly sub: string
  readonly name: string
  readonly guest?: true
}

/** Whom a token speaks of. */
export interface Identified {
  /** As the token says them. */
  readonly claims: JWTPayload
  readonly player: Player
  /** The log-in that it comes from. When that ends, so does whatever the token has opened. */
  readonly session: string
  /** When that log-in ends by itself, in ms since 1970; Infinity where a foreign token names no end. */
  readonly expires: number
  /** Of a ticket: the only room that it opens. */
  readonly room?: string
}

export type End = 'logged out' | 'expired'

export interface IdentityContext {
  /** Absent without `--lobby`. */
  readonly own: { readonly tokens: Tokens; readonly spent: Spent } | undefined
  /** Absent where no option says whose other tokens are good. */
  readonly foreign: ForeignTokens | undefined
  readonly metrics: Metrics
  readonly now: () => number
}

const DAY = 86_400
/** In seconds. */
const SESSION = 30 * DAY
const GUEST_SESSION = 7 * DAY
export const TICKET = 60
/** Longer than any log-in: how long one is remembered as ended that would never end by itself, in ms. */
const FOREVER = 3650 * DAY * 1000
/** Node's timers end here. */
const MAX_TIMEOUT = 2 ** 31 - 1
/** Of a foreign name, which no rule of ours has bounded. */
const MAX_NAME = 64

/** Who somebody is: by the server's own sessions and tickets, and by the tokens of others. */
export class Identity {
  private readonly watchers = new Map<string, Set<(why: End) => void>>()

  constructor(private readonly context: IdentityContext) {}

  /** For the door: sessions, the tokens of others, and tickets, which are used up by this. */
  async verify(token: string): Promise<Identified | Refused> {
    const found = await this.read(token, ['session', 'ticket'])
    if ('refused' in found) return this.refuse(found)
    if (found.room === undefined) return found
    const { jti, exp } = found.claims
    const first = await this.context.own!.spent.spend(jti!, exp! * 1000)
    return first ? found : this.refuse({ refused: 'reused' })
  }

  /** For HTTP: whoever is logged in. A ticket is no log-in, and is left unused. */
  async identify(token: string): Promise<Identified | Refused> {
    const found = await this.read(token, ['session'])
    return 'refused' in found ? this.refuse(found) : found
  }

  logIn(player: Player): Promise<Issued> {
    return this.context.own!.tokens.issue('session', { ...player }, player.guest ? GUEST_SESSION : SESSION)
  }

  /** A ticket for one room, used once, within a minute. @param watch to look on, without a place in the game */
  ticket({ player, session, expires }: Identified, room: string, watch: boolean): Promise<Issued> {
    const until = Number.isFinite(expires) ? { until: expires / 1000 } : {}
    const claims = { ...player, room, sid: session, ...until, ...(watch && { watch }) }
    return this.context.own!.tokens.issue('ticket', claims, TICKET)
  }

  /** Ends a log-in, with all that it has opened. Resolves when that would survive a power cut. */
  async logOut({ session, expires }: Identified): Promise<void> {
    const { own, now } = this.context
    await own!.spent.spend(session, Math.min(expires, now() + FOREVER))
    for (const ended of this.watchers.get(session) ?? []) ended('logged out')
    this.watchers.delete(session)
  }

  /** Tells, once, when a log-in has ended: before it returns, where that was earlier. @returns what ends the watch */
  watch({ session, expires }: Pick<Identified, 'session' | 'expires'>, ended: (why: End) => void): () => void {
    const watchers = this.watchers.get(session) ?? new Set()
    this.watchers.set(session, watchers)
    let timer: NodeJS.Timeout | undefined
    const stop = () => {
      clearTimeout(timer)
      watchers.delete(tell)
      if (watchers.size === 0 && this.watchers.get(session) === watchers) this.watchers.delete(session)
    }
    const tell = (why: End) => {
      stop()
      ended(why)
    }
    const wait = () => {
      const left = expires - this.context.now()
      if (left <= 0) tell('expired')
      else timer = setTimeout(wait, Math.min(left, MAX_TIMEOUT)).unref()
    }
    watchers.add(tell)
    // Much may have happened since its token was looked at.
    if (this.context.own?.spent.has(session)) tell('logged out')
    else wait()
    return stop
  }

  private async read(token: string, uses: readonly Use[]): Promise<Identified | Refused> {
    const { own, foreign } = this.context
    const isOwn = own !== undefined && (foreign === undefined || own.tokens.owns(token))
    const claims = isOwn ? await own.tokens.verify(token, uses) : await foreign?.verify(token)
    if (!claims) return { refused: 'key' }
    if ('refused' in claims) return claims as Refused
    const found = isOwn ? ofOwn(claims) : ofForeign(claims, token)
    return own?.spent.has(found.session) ? { refused: 'revoked' } : found
  }

  private refuse(refused: Refused): Refused {
    this.context.metrics.count('tokens', refused.refused)
    return refused
  }
}

function ofOwn(claims: JWTPayload): Identified {
  const { sub, name, guest, room, sid, until, jti, exp } = claims as JWTPayload & Record<string, string>
  const player = { sub: sub!, name: name!, ...(guest && { guest: true as const }) }
  if (!room) return { claims, player, session: jti!, expires: exp! * 1000 }
  return { claims, player, session: sid!, expires: until === undefined ? Infinity : Number(until) * 1000, room }
}

function ofForeign(claims: JWTPayload, token: string): Identified {
  const { sub, exp } = claims
  const name = [claims.name, claims.preferred_username, sub].find((it) => typeof it === 'string' && it !== '') as string
  const signed = token.slice(0, token.lastIndexOf('.'))
  return {
    claims,
    player: { sub: sub!, name: name.slice(0, MAX_NAME) },
    // Its `jti`, where it has one, is a name that others have chosen; what is signed can't be mistaken. Its signature has several spellings.
    session: createHash('sha256').update(signed).digest('base64url'),
    // Others may count in fractions; the database takes none.
    expires: exp === undefined ? Infinity : Math.ceil(exp * 1000),
  }
}
