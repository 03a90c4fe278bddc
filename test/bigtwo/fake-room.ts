import { Player } from '../../games/bigtwo/player.ts'
import { type Pace, Table } from '../../games/bigtwo/table.ts'

// biome-ignore lint/suspicious/noExplicitAny: the game's lines have shapes of their own, which the tests compare
export type Line = Record<string, any>

/** `random` for decks that are not shuffled at all: seat 0 gets the lowest 13 cards, seat 3 the highest. */
export const IN_ORDER = () => 1 - 2 ** -32

const PACE: Pace = { turn: 30_000, fill: 10_000, pace: 1000, rest: 6000 }

/** What Playpipe is to a table, with a clock that stands until it is moved. */
export class FakeRoom {
  now = 5000
  /** How many bots the table wants. */
  bots = 0
  readonly meta: Line[] = []
  /** Timers that are set, by name: when they are due, and the line that they send. */
  readonly timers = new Map<string, { at: number; line: Line }>()
  private readonly table: Table
  private lines: Line[] = []
  private lastId = 0

  constructor(pace: Partial<Pace> = {}, random: () => number = IN_ORDER) {
    this.table = new Table({ ...PACE, ...pace }, { now: () => this.now, random })
  }

  /** Gives a line to the table as it is. @returns what the table printed for players */
  give(line: unknown): Line[] {
    const printed: Line[] = JSON.parse(JSON.stringify(this.table.receive(line)))
    for (const order of printed) {
      if (order._timer !== undefined) this.time(order)
      else if (order._bots !== undefined) this.bots = order._bots
      else if (order._meta) this.meta.push(order)
    }
    const shown = printed.filter(({ t }) => t !== undefined)
    this.lines.push(...shown)
    return shown
  }

  /** @returns the number of who came */
  join(name = '', bot = false): number {
    const id = ++this.lastId
    this.give({ t: 'Join', _from: id, _name: name, _bot: bot, _sys: true })
    return id
  }

  /** Four people, and the first deal. */
  fourPlay(): number[] {
    const ids = ['Ada', 'Bob', 'Cem', 'Dan'].map((name) => this.join(name))
    if (this.timers.has('deal')) this.ring('deal')
    return ids
  }

  sys(t: 'Leave' | 'Away' | 'Back', id: number, rest: Line = {}): Line[] {
    return this.give({ t, _from: id, ...rest, _sys: true })
  }

  says(id: number, message: Line): Line[] {
    return this.give({ ...message, _from: id })
  }

  plays(id: number, text: string): Line[] {
    return this.says(id, { t: 'Play', cards: text === '' ? [] : text.split(' ') })
  }

  passes(id: number): Line[] {
    return this.says(id, { t: 'Pass' })
  }

  /** Moves the clock to a timer (the next one, where none is named) and lets it go off. */
  ring(name?: string): Line[] {
    const next = name ?? [...this.timers].sort(([, a], [, b]) => a.at - b.at)[0]![0]
    const { at, line } = this.timers.get(next)!
    this.timers.delete(next)
    this.now = Math.max(this.now, at)
    return this.give(line)
  }

  /** Lines for players since it was asked last. */
  seen(): Line[] {
    return this.lines.splice(0)
  }

  /** All that one may see. */
  shown(id: number): Line {
    return this.sys('Back', id, { fresh: true }).find(({ t }) => t === 'Table')!
  }

  private time({ _timer: name, ms, ...rest }: Line): void {
    if (ms === null) this.timers.delete(name)
    else if (!Number.isInteger(ms) || ms < 1) throw new Error(`no time for a timer: ${ms}`)
    else this.timers.set(name, { at: this.now + ms, line: { t: 'Timer', timer: name, ...rest, _sys: true } })
  }
}

/** Bots that sit in this process and see only what they are sent. */
export class Company {
  private readonly players = new Map<number, Player>()

  add(id: number): void {
    this.players.set(id, new Player())
  }

  remove(id: number): void {
    this.players.delete(id)
  }

  /** @returns what they answer to these lines */
  hear(lines: readonly Line[]): Line[] {
    return lines.flatMap((line) =>
      [...this.players].flatMap(([id, player]) => {
        const answer = line._to === undefined || line._to === id ? player.take(line) : undefined
        return answer ? [{ ...answer, _from: id }] : []
      }),
    )
  }
}
