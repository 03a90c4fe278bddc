import { randomBytes } from 'node:crypto'
import type { Metrics } from '../metrics.ts'
import type { RateRule } from '../values.ts'
import { nameKey } from './database.ts'
import type { Identity, Player } from './identity.ts'
import { Limits, networkOf } from './limits.ts'
import type { Passwords } from './passwords.ts'
import type { Store } from './store.ts'
import type { Issued } from './tokens.ts'

export type Session = Issued & { readonly player: Player }

export type NoSession =
  | { readonly refused: 'taken' | 'wrong' }
  /** @param after seconds */
  | { readonly refused: 'too many' | 'busy'; readonly after: number }

export interface AccountsContext {
  readonly store: Store
  readonly passwords: Passwords
  readonly identity: Identity
  readonly metrics: Metrics
  readonly now: () => number
  /** Sign-ups, log-ins and guests from one address. */
  readonly limit: RateRule
}

/** Wrong passwords for one name, whoever tries: ten at once, then one in ten seconds. */
const NAME_LIMIT: RateRule = { rate: 0.1, burst: 10 }
/** Seconds until the passwords that wait are through. */
const BUSY = 5

/** Sign-up, log-in, and guests. */
export class Accounts {
  private readonly byAddress: Limits
  private readonly byName: Limits

  constructor(private readonly context: AccountsContext) {
    this.byAddress = new Limits(context.limit, context.now)
    this.byName = new Limits(NAME_LIMIT, context.now)
  }

  signUp(name: string, password: string, ip: string): Promise<Session | NoSession> {
    return this.attempt('sign-up', ip, async () => {
      const { store, passwords, now } = this.context
      if (await store.call('account', name)) return { refused: 'taken' }
      const hashed = await passwords.hash(password)
      if (hashed === undefined) return { refused: 'busy', after: BUSY }
      const player = { sub: newSub(), name }
      if (!(await store.call('createAccount', { ...player, password: hashed }, now()))) return { refused: 'taken' }
      return this.open(player)
    })
  }

  /** Takes the same time, and says the same, for a wrong name and a wrong password. */
  logIn(name: string, password: string, ip: string): Promise<Session | NoSession> {
    return this.attempt('log-in', ip, async () => {
      const { store, passwords } = this.context
      const key = nameKey(name)
      const after = this.byName.take(key)
      if (after > 0) return { refused: 'too many', after }
      const account = await store.call('account', name)
      const right = await passwords.verify(password, account?.password)
      if (right !== false) this.byName.giveBack(key)
      if (right === undefined) return { refused: 'busy', after: BUSY }
      return account && right ? this.open({ sub: account.sub, name: account.name }) : { refused: 'wrong' }
    })
  }

  /** A name for some days, which is nobody's account. */
  welcome(name: string, ip: string): Promise<Session | NoSession> {
    return this.attempt('guest', ip, async () => {
      if (await this.context.store.call('account', name)) return { refused: 'taken' }
      return this.open({ sub: newSub(), name, guest: true })
    })
  }

  private async attempt(
    what: string,
    ip: string,
    work: () => Promise<Session | NoSession>,
  ): Promise<Session | NoSession> {
    const after = this.byAddress.take(networkOf(ip))
    const outcome = after > 0 ? { refused: 'too many' as const, after } : await work()
    this.context.metrics.count('logins', `${what}: ${'refused' in outcome ? outcome.refused : 'ok'}`)
    return outcome
  }

  private async open(player: Player): Promise<Session> {
    return { ...(await this.context.identity.logIn(player)), player }
  }
}

function newSub(): string {
  return randomBytes(12).toString('base64url')
}
