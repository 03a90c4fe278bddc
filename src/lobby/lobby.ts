import { realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { AuthConfig, ForeignConfig, LobbyConfig } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { ConfigError } from '../values.ts'
import { Accounts } from './accounts.ts'
import { makeFolder } from './folder.ts'
import { ForeignTokens } from './foreign.ts'
import type { GameView } from './game.ts'
import { type Declined, Games, type GamesContext, type Wish } from './games.ts'
import { type Identified, Identity, TICKET } from './identity.ts'
import { Keys } from './keys.ts'
import { Passwords } from './passwords.ts'
import { Spent } from './spent.ts'
import { openStore, type Store } from './store.ts'
import { type Issued, Tokens } from './tokens.ts'

export interface LobbyContext extends Pick<GamesContext, 'kinds' | 'room'> {
  readonly config: LobbyConfig
  readonly auth: AuthConfig
  /** Folders that everybody may read. */
  readonly published: readonly string[]
  readonly log: Log
  readonly metrics: Metrics
  readonly now?: () => number
}

/** What lets a player into a game's room. */
export interface Ticket {
  readonly game: GameView
  readonly ticket: Issued
}

/** How often keys and what has expired are looked after, in ms. */
const CHORES = 60_000
/** What is known of a game that has ended, in ms. */
const REMEMBERED = 7 * 86_400_000

/** Accounts, identity and games of one server, on one data folder. */
export class Lobby {
  readonly guests: boolean
  private readonly timer: NodeJS.Timeout

  private constructor(
    private readonly context: LobbyContext,
    readonly identity: Identity,
    readonly accounts: Accounts,
    readonly games: Games,
    private readonly store: Store,
    private readonly passwords: Passwords,
    private readonly chores: () => void,
  ) {
    this.guests = context.config.guests
    this.timer = setInterval(() => this.doChores(), CHORES).unref()
  }

  /** @throws ConfigError where the data folder can't be used, or could be read by everybody */
  static async open(context: LobbyContext): Promise<Lobby> {
    const { config, auth, log, metrics, now = Date.now } = context
    openFolder(config.data, context.published)
    const foreign = auth.foreign && openForeign(auth.foreign, now, log)
    const keys = new Keys(join(config.data, 'keys'), now())
    const store = await openStore(config.data)
    const passwords = new Passwords()
    const spent = await Spent.load(store, now())
    const failed = (error: Error) => log.error(`the lobby could not keep a game: ${error.message}`)
    const games = await Games.load({ ...context, store, now, failed })
    const own = { tokens: new Tokens(keys, now), spent }
    const identity = new Identity({ own, foreign, metrics, now })
    const accounts = new Accounts({ store, passwords, identity, metrics, now, limit: config.limit })
    const chores = () => {
      keys.refresh(now())
      spent.prune(now())
    }
    return new Lobby(context, identity, accounts, games, store, passwords, chores)
  }

  async createGame(who: Identified, wish: Wish): Promise<Ticket | Declined> {
    const game = await this.games.create(who.player, wish)
    return 'refused' in game ? game : this.admit(who, game, false)
  }

  async quickMatch(who: Identified, wish: Wish): Promise<(Ticket & { readonly created: boolean }) | Declined> {
    const match = await this.games.match(who.player, wish)
    if ('refused' in match) return match
    return { ...(await this.admit(who, match.game, false)), created: match.created }
  }

  /** @param watch to look on, without a place in the game @returns undefined where there is no such game */
  async ticket(who: Identified, id: string, watch: boolean): Promise<Ticket | Declined | undefined> {
    const found = await this.games.find(id)
    if (!found) return undefined
    if (found.state === 'ended') return { refused: 'ended' }
    const game = watch ? found : await this.games.enter(id, who.player, this.now() + TICKET * 1000)
    return 'refused' in game ? game : this.admit(who, game, watch)
  }

  /** Writes what waits, and ends its threads. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    this.games.close()
    // The database answers in order: when this is done, so is everything before.
    await this.prune()
    await Promise.all([this.store.close(), this.passwords.close()])
  }

  private async admit(who: Identified, game: GameView, watch: boolean): Promise<Ticket> {
    return { game, ticket: await this.identity.ticket(who, game.room, watch) }
  }

  private doChores(): void {
    try {
      this.chores()
    } catch (error) {
      this.context.log.error(`the lobby's keys stay as they were: ${(error as Error).message}`)
    }
    void this.prune()
  }

  private async prune(): Promise<void> {
    try {
      await this.store.call('prune', this.now(), this.now() - REMEMBERED)
    } catch (error) {
      this.context.log.error(`the lobby's database can't be written: ${(error as Error).message}`)
    }
  }

  private now(): number {
    return (this.context.now ?? Date.now)()
  }
}

/** Whose tokens are taken by a server without a lobby; undefined where nobody has any. */
export function foreignIdentity({ foreign }: AuthConfig, metrics: Metrics, log: Log): Identity | undefined {
  if (!foreign) return undefined
  const tokens = openForeign(foreign, Date.now, log)
  return new Identity({ own: undefined, foreign: tokens, metrics, now: Date.now })
}

function openForeign(config: ForeignConfig, now: () => number, log: Log): ForeignTokens {
  const { source } = config
  // RFC 7518, section 3.2. Who has one token could try secrets without asking us.
  if (source.kind === 'secret' && Buffer.byteLength(source.secret) < 32)
    log.warn('--jwtsecret is shorter than 32 bytes: it can be guessed from a token')
  return new ForeignTokens(config, now)
}

function openFolder(folder: string, published: readonly string[]): void {
  makeFolder(folder)
  for (const open of published) {
    const way = relative(realpathSync(open), realpathSync(folder))
    if (way !== '..' && !way.startsWith(`..${sep}`))
      throw new ConfigError(`--data ${folder}: it lies in ${open}, which everybody may read`)
  }
}
