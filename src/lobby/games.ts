import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { nameInGame } from '../names.ts'
import { type Fields, Game, type GameView, viewOf } from './game.ts'
import type { Player } from './identity.ts'
import { Limits } from './limits.ts'
import type { Store } from './store.ts'

export interface Kind {
  /** It reads JSON lines, and so the parameters. */
  readonly takesParameters: boolean
}

/** A room as the lobby sees it. */
export interface RoomView {
  readonly connections: number
  readonly meta: Fields | null
}

export interface GamesContext {
  /** By name; '' is the server's own command. */
  readonly kinds: ReadonlyMap<string, Kind>
  readonly store: Store
  readonly now: () => number
  room(name: string): RoomView | undefined
  /** Something could not be kept. */
  failed(error: Error): void
}

/** What somebody asks for who wants to play. */
export interface Wish {
  /** May be left out where there is one kind only. */
  readonly kind?: string
  readonly parameters?: Fields
  readonly seats?: number
}

export type Declined =
  | { readonly refused: 'no such kind' | 'no parameters' | 'parameters too long' | 'full' | 'ended' | 'too many games' }
  /** @param after seconds */
  | { readonly refused: 'too fast'; readonly after: number }

/** A game that nobody is in ends after so long: time for a reload, a restart, a friend. In ms. */
const ALONE = 5 * 60_000
/** Time to come back to a place, in ms. */
const RETURN = 60_000
const SWEEP = 5000
/** Changes of one game within this time are told together: a program may say `_meta` with every frame. In ms. */
const PAUSE = 100
const MAX_GAMES = 10_000
/** Characters of JSON: the list of all games goes to everyone. */
const MAX_PARAMETERS = 4096
/** Games that wait or run in which one player has a place. */
const MAX_OWN = 10
const RATE = { rate: 0.5, burst: 20 }

/**
 * The games that wait and run. A game is one room by a name of its own, which starts when its first player comes and again when all had
 * left; it has ended when its program has, or when nobody was there for a while. Tells `changed` with what is new of a game.
 */
export class Games extends EventEmitter<{ changed: [GameView] }> {
  /** Oldest first. */
  private readonly live = new Map<string, Game>()
  /** By id: what was told last, and what of it is kept at once. */
  private readonly told = new Map<string, { readonly text: string; readonly lasting: string }>()
  private readonly dirty = new Set<Game>()
  private readonly rate: Limits
  private readonly sweeping: NodeJS.Timeout
  private telling: NodeJS.Timeout | undefined

  private constructor(private readonly context: GamesContext) {
    super()
    this.setMaxListeners(0)
    this.rate = new Limits(RATE, context.now)
    this.sweeping = setInterval(() => this.sweep(), SWEEP).unref()
  }

  /** With the games that waited or ran when the server stopped. */
  static async load(context: GamesContext): Promise<Games> {
    const games = new Games(context)
    const now = context.now()
    for (const row of await context.store.call('liveGames')) {
      // What is played here may have changed since.
      if (context.kinds.has(row.kind)) games.live.set(row.id, Game.restore(row, now, now + ALONE))
      else await context.store.call('saveGame', { ...row, state: 'ended', changed: now })
    }
    return games
  }

  /** What is not kept yet is on its way to the store when this returns. */
  close(): void {
    clearInterval(this.sweeping)
    clearTimeout(this.telling)
    this.tell()
  }

  list(): GameView[] {
    return [...this.live.values()].filter(({ state }) => state !== 'ended').map((game) => game.view())
  }

  /** A game that waits, runs, or has ended in the last days. */
  async find(id: string): Promise<GameView | undefined> {
    const row = this.live.has(id) ? undefined : await this.context.store.call('game', id)
    return row ? viewOf(row) : this.live.get(id)?.view()
  }

  /** Whether a room is that of a game which has not ended. */
  has(room: string): boolean {
    return this.at(room) !== undefined
  }

  /** What the program of a game's room reads first; undefined where a room is no game of the lobby. */
  opening(room: string): Fields | undefined {
    const game = this.at(room)
    return game && { t: 'Game', id: game.id, kind: game.kind, parameters: game.parameters }
  }

  /** Resolves when the game would survive a power cut. */
  async create(player: Player, wish: Wish): Promise<GameView | Declined> {
    const kind = this.kindOf(wish)
    if (typeof kind !== 'string') return kind
    const after = this.rate.take(player.sub)
    if (after > 0) return { refused: 'too fast', after }
    if (this.hasEnough(player) || this.live.size >= MAX_GAMES) return { refused: 'too many games' }
    const now = this.context.now()
    const game = new Game(newId(), kind, wish.seats ?? null, wish.parameters ?? {}, now, now)
    game.give(player, now + ALONE)
    this.live.set(game.id, game)
    try {
      return await this.kept(game)
    } catch (error) {
      this.end(game)
      throw error
    }
  }

  /** The game of a kind that has waited longest, or a new one. Parameters are for a new one only. */
  async match(player: Player, wish: Wish): Promise<{ game: GameView; created: boolean } | Declined> {
    const kind = this.kindOf(wish)
    if (typeof kind !== 'string') return kind
    const waiting = [...this.live.values()].filter((game) => game.kind === kind && game.state === 'waiting')
    const found = waiting.find((game) => game.has(player.sub)) ?? waiting.find(({ open }) => open)
    const game = await (found ? this.enter(found.id, player, this.context.now() + ALONE) : this.create(player, wish))
    return 'refused' in game ? game : { game, created: found === undefined }
  }

  /** Gives a player a place, unless there is one. @param lapses when it is free again, unless the player comes */
  async enter(id: string, player: Player, lapses: number): Promise<GameView | Declined> {
    const game = this.live.get(id)
    if (!game || game.state === 'ended') return { refused: 'ended' }
    const further = !game.has(player.sub)
    if (further && !game.open) return { refused: 'full' }
    if (further && this.hasEnough(player)) return { refused: 'too many games' }
    game.give(player, lapses)
    return this.kept(game)
  }

  /** Somebody with these claims has taken a seat in a room: a player's place is safe until the last such seat is given up. */
  arrived(room: string, claims: Fields | undefined): void {
    const sub = playerOf(claims)
    if (sub !== undefined) this.at(room)?.sit(sub)
  }

  /** Such a seat was given up: after a player's last one the place is free for others, unless there is a return within a minute. */
  departed(room: string, claims: Fields | undefined): void {
    const sub = playerOf(claims)
    if (sub !== undefined) this.at(room)?.rise(sub, this.context.now() + RETURN)
  }

  /** A player gives up the place, if there is one. Resolves when that would survive a power cut. */
  async leave(id: string, sub: string): Promise<void> {
    const game = this.live.get(id)
    if (!game?.free(sub)) return
    if (game.players.length === 0 && !this.context.room(game.room)) this.end(game)
    else await this.kept(game)
  }

  /** Something about a room may be new: who is there, or what its program says. Cheap: it may come with every frame. */
  roomChanged(room: string): void {
    const game = this.at(room)
    if (game) this.touch(game)
  }

  /** A room has ended with this close code. Its game has too, unless all went away, or the server stops. */
  roomEnded(room: string, code: number, empty: boolean): void {
    const game = this.at(room)
    if (!game) return
    game.connections = 0
    game.seen = this.context.now()
    if (code === 1001 || empty) this.touch(game)
    else this.end(game)
  }

  private at(room: string): Game | undefined {
    const game = this.live.get(nameInGame(room))
    return game?.room === room ? game : undefined
  }

  private kindOf({ kind, parameters = {} }: Wish): string | Declined {
    const { kinds } = this.context
    const name = kind ?? (kinds.size === 1 ? [...kinds.keys()][0]! : '')
    const found = kinds.get(name)
    if (!found) return { refused: 'no such kind' }
    if (Object.keys(parameters).length > 0 && !found.takesParameters) return { refused: 'no parameters' }
    return JSON.stringify(parameters).length > MAX_PARAMETERS ? { refused: 'parameters too long' } : name
  }

  private hasEnough({ sub }: Player): boolean {
    return [...this.live.values()].filter((game) => game.has(sub)).length >= MAX_OWN
  }

  private touch(game: Game): void {
    this.dirty.add(game)
    this.telling ??= setTimeout(() => this.tell(), PAUSE).unref()
  }

  /** Tells of every game that is not as it was told last. */
  private tell(): void {
    this.telling = undefined
    for (const game of this.dirty) this.look(game)
    const games = [...this.dirty]
    this.dirty.clear()
    for (const game of games) {
      const view = game.view()
      const text = JSON.stringify(view)
      const lasting = JSON.stringify([view.state, view.players])
      const before = this.told.get(game.id)
      if (game.over) this.told.delete(game.id)
      else this.told.set(game.id, { text, lasting })
      if (before?.text === text) continue
      this.emit('changed', view)
      if (before?.lasting !== lasting) this.keep(game)
    }
  }

  private look(game: Game): void {
    const room = this.context.room(game.room)
    game.connections = room?.connections ?? 0
    if (game.connections > 0) game.seen = this.context.now()
    if (room) game.say(room.meta ?? {})
  }

  private end(game: Game): void {
    game.over = true
    this.live.delete(game.id)
    this.touch(game)
  }

  private sweep(): void {
    const now = this.context.now()
    for (const game of this.live.values()) {
      this.look(game)
      if (game.lapse(now)) this.touch(game)
      const deserted = game.connections === 0 && (game.players.length === 0 || now - game.seen > ALONE)
      if (deserted && !this.context.room(game.room)) this.end(game)
    }
  }

  /** Resolves when it would survive a power cut. */
  private async kept(game: Game): Promise<GameView> {
    this.touch(game)
    await this.context.store.call('saveGame', game.row(this.context.now()))
    return game.view()
  }

  private keep(game: Game): void {
    this.context.store.call('saveGame', game.row(this.context.now())).catch((error) => this.context.failed(error))
  }
}

/** The `sub` of who came with a ticket to play; undefined for who watches. */
function playerOf({ sub, watch }: Fields = {}): string | undefined {
  return typeof sub === 'string' && watch !== true ? sub : undefined
}

function newId(): string {
  return randomBytes(9).toString('base64url')
}
