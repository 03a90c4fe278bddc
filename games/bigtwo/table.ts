import { Alarms, type Line } from './alarms.ts'
import { Deal, type Play, SEATS, type Seat } from './deal.ts'
import { type Random, shuffled } from './deck.ts'
import { type Order, readOrder } from './lines.ts'
import { type Card, cardName } from './rules.ts'
import { type Guest, Seating } from './seating.ts'

/** Milliseconds; README.md says of what. */
export interface Pace {
  readonly turn: number
  readonly fill: number
  readonly pace: number
  readonly rest: number
}

export interface World {
  now(): number
  random: Random
}

/** A table of Big Two: a line in, lines out. All that it does follows from its lines, its clock and its chance. */
export class Table {
  private readonly seating = new Seating()
  private readonly alarms: Alarms
  private phase: 'waiting' | 'playing' | 'over' = 'waiting'
  private deal: Deal | null = null
  private dealt = 0
  /** When the turn began. */
  private since = 0
  /** What a bot has played sooner than one can see it; null is a pass. */
  private held: { readonly cards: readonly Card[] | null } | undefined
  /** Empty seats for which a bot is wanted. */
  private readonly asked = new Set<Seat>()
  private bots = 0
  private meta = ''
  private out: Line[] = []
  /** Who has to see the whole table, when all is in order again. */
  private readonly blind = new Set<Guest>()
  private reseated = false

  constructor(
    private readonly pace: Pace,
    private readonly world: World,
  ) {
    this.alarms = new Alarms(world.now, (line) => this.out.push(line))
  }

  /** @param line a line's JSON, whoever wrote it @returns the lines to print */
  receive(line: unknown): readonly Line[] {
    this.out = []
    const order = readOrder(line)
    if (order) {
      this.obey(order)
      this.settle()
    }
    return this.out
  }

  private obey(order: Order): void {
    if (order.t === 'Timer') return this.ring(order.timer, order.n)
    const guest = this.seating.guest(order.id)
    if (order.t === 'Join') {
      if (!guest) this.blind.add(this.seating.add(order.id, order.bot, order.name))
      return
    }
    if (!guest) return this.refuse(order.id, 'You are not at this table.')
    switch (order.t) {
      case 'Leave':
        return this.leave(guest)
      case 'Away':
        return this.change(guest, { away: true })
      case 'Back':
        if (order.lost) this.blind.add(guest)
        return this.change(guest, { away: false })
      case 'Me':
        return this.change(guest, { name: order.name })
      case 'Chat':
        return this.tell({ t: 'Chat', id: guest.id, name: guest.name, text: order.text })
      case 'Play':
        return this.move(guest, order.cards)
      case 'Pass':
        return this.move(guest, null)
      case 'Nonsense':
        return this.refuse(guest.id, order.why)
    }
  }

  private ring(name: string, n: number): void {
    if (!this.alarms.rings(name, n)) return
    if (name === 'deal') this.begin()
    else if (name === 'turn') this.play(this.held ? this.held.cards : this.deal!.idle, !this.held)
    else if (name === 'pace') this.play(this.held!.cards, false)
    else this.asked.add(Number(name.slice('fill'.length)))
  }

  private change(guest: Guest, what: { away?: boolean; name?: string }): void {
    const { away, name } = guest
    Object.assign(guest, what)
    const seen = away !== guest.away || name !== guest.name
    if (seen && this.seating.seatOf(guest) !== undefined) this.reseated = true
  }

  private leave(guest: Guest): void {
    const seat = this.seating.remove(guest)
    if (seat === undefined) return
    this.reseated = true
    // What is left of a deal that is over is nobody's to see; of a running one it is for whom takes the seat.
    if (this.phase !== 'playing') this.deal?.hands.splice(seat, 1, [])
    else if (this.deal!.turn === seat) this.release()
  }

  /** Forgets what a bot has played too soon. */
  private release(): void {
    this.held = undefined
    this.alarms.cancel('pace')
  }

  /** A player plays, or passes with null. */
  private move(guest: Guest, cards: readonly Card[] | null): void {
    const why = this.objection(guest, cards)
    if (why !== undefined) return this.refuse(guest.id, why)
    const early = this.since + this.pace.pace - this.world.now()
    if (!guest.bot || early <= 0) return this.play(cards, false)
    this.held = { cards }
    this.alarms.set('pace', early)
  }

  private objection(guest: Guest, cards: readonly Card[] | null): string | undefined {
    const seat = this.seating.seatOf(guest)
    if (seat === undefined) return 'You are watching.'
    if (this.phase !== 'playing') return 'No deal is being played.'
    if (this.deal!.turn !== seat) return 'It is not your turn.'
    if (this.held) return 'You have played.'
    if (cards) return this.deal!.objection(cards)
    return this.deal!.trick ? undefined : 'You lead, so play something.'
  }

  private play(cards: readonly Card[] | null, timer: boolean): void {
    const deal = this.deal!
    const seat = deal.turn
    this.release()
    if (cards) {
      deal.play(cards)
      this.tell({ t: 'Played', seat, cards: cards.map(cardName), left: deal.hands[seat]!.length, timer })
      if (deal.result) return this.finish(deal.result)
    } else {
      const ended = deal.pass()
      this.tell({ t: 'Passed', seat, timer })
      if (ended) this.tell({ t: 'Trick', seat: deal.turn })
    }
    this.next(deal)
  }

  private next(deal: Deal): void {
    this.since = this.world.now()
    this.alarms.set('turn', this.pace.turn)
    const { turn: seat, passed, opening } = deal
    this.tell({ t: 'Turn', seat, ms: this.pace.turn, trick: playLine(deal.trick), passed, opening })
  }

  private finish({ points }: { readonly points: readonly number[] }): void {
    this.phase = 'over'
    this.alarms.cancel('turn')
    for (const seat of SEATS) {
      const guest = this.seating.at(seat)
      if (guest) guest.score += points[seat]!
    }
    this.tell({ t: 'Over', ...this.result })
    if (this.pace.rest > 0) this.alarms.set('deal', this.pace.rest)
    else this.begin()
  }

  private get result(): object | null {
    if (!this.deal?.result) return null
    const scores = SEATS.map((seat) => this.seating.at(seat)?.score ?? 0)
    return { ...this.deal.result, scores, ms: this.pace.rest }
  }

  /** Deals, where all four seats are taken. */
  private begin(): void {
    this.phase = 'waiting'
    this.deal = null
    if (!this.seating.full) return
    for (const guest of this.seating.giveWay()) this.reseat(guest)
    this.show()
    this.phase = 'playing'
    this.deal = new Deal(shuffled(this.world.random))
    this.tell({ t: 'Deal', deal: ++this.dealt, seats: this.seats() })
    for (const seat of SEATS) this.tell({ t: 'Hand', cards: this.hand(seat), _to: this.seating.at(seat)!.id })
    this.next(this.deal)
  }

  /** What follows from any change of who is here: seats, bots, the first deal, the room list. */
  private settle(): void {
    for (const guest of this.seating.fill()) this.reseat(guest)
    // What is shown tells when they come.
    this.callBots()
    this.show()
    this.expectDeal()
    const { players, bots, watching } = this.seating.counts
    // After a deal has begun people may have taken bots' seats.
    const wanted = bots + this.asked.size
    if (wanted !== this.bots) this.tell({ _bots: wanted })
    this.bots = wanted
    const meta = { _meta: true, players, bots, watching, seats: SEATS.length }
    if (JSON.stringify(meta) !== this.meta) this.tell(meta)
    this.meta = JSON.stringify(meta)
  }

  private reseat(guest: Guest): void {
    this.blind.add(guest)
    this.reseated = true
  }

  private show(): void {
    for (const guest of this.blind) this.tell(this.view(guest))
    this.blind.clear()
    if (this.reseated) this.tell({ t: 'Seats', seats: this.seats(), fill: this.fill })
    this.reseated = false
  }

  /** A bot is wanted for each seat that has been empty for long enough, while there is somebody to play with. */
  private callBots(): void {
    for (const seat of SEATS) {
      const name = `fill${seat}`
      const empty = this.seating.at(seat) === null && this.seating.counts.players > 0
      if (!empty) {
        this.asked.delete(seat)
        this.alarms.cancel(name)
      } else if (!this.asked.has(seat) && !this.alarms.has(name)) {
        if (this.pace.fill > 0) this.alarms.set(name, this.pace.fill)
        else this.asked.add(seat)
      }
    }
  }

  /** Milliseconds until bots are asked for all empty seats; 0 where no such moment is to come. */
  private get fill(): number {
    return Math.max(...SEATS.map((seat) => this.alarms.left(`fill${seat}`)))
  }

  /** The first deal, and the next one where players were missing, follows a short while after the last seat is taken. */
  private expectDeal(): void {
    if (this.phase !== 'waiting') return
    if (!this.seating.full) this.alarms.cancel('deal')
    else if (this.pace.pace === 0) this.begin()
    else if (!this.alarms.has('deal')) this.alarms.set('deal', this.pace.pace)
  }

  /** All that one guest may see. */
  private view(guest: Guest): Line {
    const { deal, phase } = this
    const you = this.seating.seatOf(guest) ?? null
    const playing = phase === 'playing'
    return {
      t: 'Table',
      you,
      seats: this.seats(),
      fill: this.fill,
      phase,
      deal: this.dealt,
      hand: you === null ? [] : this.hand(you),
      counts: SEATS.map((seat) => this.hand(seat).length),
      turn: playing ? deal!.turn : null,
      ms: playing ? this.pace.turn : phase === 'over' ? this.pace.rest : this.alarms.has('deal') ? this.pace.pace : 0,
      left: this.alarms.left(playing ? 'turn' : 'deal'),
      trick: playLine(deal?.trick ?? null),
      passed: deal?.passed ?? SEATS.map(() => false),
      last: deal?.last.map((last) => (last === 'pass' ? last : playLine(last))) ?? SEATS.map(() => null),
      opening: playing && deal!.opening,
      result: this.result,
      _to: guest.id,
    }
  }

  private seats(): (object | null)[] {
    return SEATS.map((seat) => {
      const guest = this.seating.at(seat)
      if (!guest) return null
      const { id, name, bot, away, score } = guest
      return { id, name, bot, away, cards: this.hand(seat).length, score }
    })
  }

  private hand(seat: Seat): string[] {
    return (this.deal?.hands[seat] ?? []).map(cardName)
  }

  private refuse(id: number, why: string): void {
    this.tell({ t: 'Refused', why, _to: id })
  }

  private tell(line: Line): void {
    this.out.push(line)
  }
}

const playLine = (play: Play | null) => play && { seat: play.seat, cards: play.cards.map(cardName) }
