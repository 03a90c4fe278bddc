import type { GameRow } from './database.ts'
import type { Player } from './identity.ts'

export type GameState = GameRow['state']
/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** What everybody may know of a game. */
export interface GameView {
  readonly id: string
  /** A game of `--games`; empty for the server's own command. */
  readonly kind: string
  /** The room in which it is played. */
  readonly room: string
  readonly state: GameState
  /** Whether a further player gets a place. */
  readonly open: boolean
  /** Most players; null where neither who made it nor the game has said. */
  readonly seats: number | null
  readonly players: readonly Player[]
  /** People in the room, those who watch included. */
  readonly connections: number
  /** In ms since 1970. */
  readonly created: number
  readonly parameters: Fields
  /** What the game said last by `_meta`. */
  readonly metadata: Fields
}

/** A player's place in a game. */
interface Place {
  readonly player: Player
  /** When others can have it, unless its player sits in the room; in ms since 1970. */
  readonly lapses: number
}

/** Places in one game, where neither who made it nor its program wants fewer. */
const MAX_PLAYERS = 256
/** Metadata beyond this many characters is not shown: the list of all games goes to everyone. */
const MAX_METADATA = 4096

/** One game that waits or runs. What state it is in follows from what its program says, its places, and whether it is over. */
export class Game {
  /** When somebody was in its room last, in ms since 1970. */
  seen: number
  connections = 0
  over = false
  private meta: Fields = {}
  private shown: Fields = {}
  private readonly places = new Map<string, Place>()
  /** Seats in the room by `sub`: several for a player with several tabs, none for who watches. */
  private readonly seated = new Map<string, number>()

  constructor(
    readonly id: string,
    readonly kind: string,
    private readonly wanted: number | null,
    readonly parameters: Fields,
    readonly created: number,
    now: number,
  ) {
    this.seen = now
  }

  /** @param now somebody was there just now @param lapses when its players' places do, where they don't come back */
  static restore(row: GameRow, now: number, lapses: number): Game {
    const game = new Game(row.id, row.kind, row.seats, JSON.parse(row.parameters), row.created, now)
    for (const player of JSON.parse(row.players) as Player[]) game.give(player, lapses)
    game.say(JSON.parse(row.metadata))
    return game
  }

  get room(): string {
    return this.kind === '' ? this.id : `${this.kind}/${this.id}`
  }

  get state(): GameState {
    if (this.over || this.meta.state === 'ended') return 'ended'
    if (this.meta.state === 'waiting' || this.meta.state === 'running') return this.meta.state
    return this.open ? 'waiting' : 'running'
  }

  /** The game's word goes before the number of its places. */
  get open(): boolean {
    if (this.over || this.meta.state === 'ended' || this.meta.open === false || this.meta.full === true) return false
    return this.places.size < Math.min(this.seats ?? MAX_PLAYERS, MAX_PLAYERS)
  }

  get players(): Player[] {
    return [...this.places.values()].map(({ player }) => player)
  }

  private get seats(): number | null {
    const said = this.meta.seats
    return this.wanted ?? (Number.isInteger(said) && (said as number) > 0 ? (said as number) : null)
  }

  /** What the program says by `_meta`. */
  say(meta: Fields): void {
    if (meta === this.meta) return
    this.meta = meta
    this.shown = JSON.stringify(meta).length <= MAX_METADATA ? meta : {}
  }

  has(sub: string): boolean {
    return this.places.has(sub)
  }

  /** What somebody has already is never cut short. */
  give(player: Player, lapses: number): void {
    const before = this.places.get(player.sub)
    this.places.set(player.sub, { player, lapses: Math.max(before?.lapses ?? 0, lapses) })
  }

  /** A player has taken a seat in the room. */
  sit(sub: string): void {
    this.seated.set(sub, (this.seated.get(sub) ?? 0) + 1)
  }

  /** A player has given up a seat. @param lapses when the place does, if it was the last one and there is no return */
  rise(sub: string, lapses: number): void {
    const seats = (this.seated.get(sub) ?? 0) - 1
    if (seats > 0) return void this.seated.set(sub, seats)
    this.seated.delete(sub)
    const place = this.places.get(sub)
    if (place) this.places.set(sub, { ...place, lapses })
  }

  /** @returns whether there was one */
  free(sub: string): boolean {
    return this.places.delete(sub)
  }

  /** Frees the places whose players did not come, or come back. @returns whether there were any */
  lapse(now: number): boolean {
    const late = [...this.places].filter(([sub, { lapses }]) => lapses <= now && !this.seated.has(sub))
    for (const [sub] of late) this.places.delete(sub)
    return late.length > 0
  }

  view(): GameView {
    const { id, kind, room, state, open, seats, players, connections, created, parameters, shown: metadata } = this
    return { id, kind, room, state, open, seats, players, connections, created, parameters, metadata }
  }

  row(changed: number): GameRow {
    const { id, kind, state, created, wanted: seats } = this
    return {
      ...{ id, kind, state, created, changed, seats, parameters: JSON.stringify(this.parameters) },
      ...{ players: JSON.stringify(this.players), metadata: JSON.stringify(this.shown) },
    }
  }
}

/** A game that is over, from what was kept of it. */
export function viewOf(row: GameRow): GameView {
  const game = Game.restore(row, row.changed, row.changed)
  game.over = row.state === 'ended'
  return game.view()
}
