import { type Card, type Combination, combine, LOWEST, objection, settle, sorted } from './rules.ts'

/** 0 to 3, in the order of play. */
export type Seat = number
export const SEATS: readonly Seat[] = [0, 1, 2, 3]

export interface Play {
  readonly seat: Seat
  readonly cards: readonly Card[]
}

export interface Result {
  readonly winner: Seat
  /** Cards left, a seat each. */
  readonly left: readonly number[]
  readonly points: readonly number[]
}

/** One deal from its 52 cards to the first empty hand. Knows seats, not who sits there. */
export class Deal {
  readonly hands: Card[][]
  turn: Seat
  /** What has to be beaten. */
  trick: Play | null = null
  /** Who is out until the trick ends. */
  passed: boolean[] = [false, false, false, false]
  /** What each seat did last in this trick. */
  last: (Play | 'pass' | null)[] = [null, null, null, null]
  /** Nothing is played yet: the play must contain the 3 of diamonds. */
  opening = true
  result: Result | null = null

  constructor(deck: readonly Card[]) {
    this.hands = SEATS.map((seat) => sorted(deck.slice(seat * 13, seat * 13 + 13)))
    this.turn = this.hands.findIndex((hand) => hand.includes(LOWEST))
  }

  /** What the trick is to be beaten with; null for who leads. */
  get target(): Combination | null {
    return this.trick && combine(this.trick.cards)!
  }

  /** Why the seat to play can't play these; undefined where it can. */
  objection(cards: readonly Card[]): string | undefined {
    return objection(cards, this.hands[this.turn]!, this.target, this.opening)
  }

  /** Plays what `objection` has nothing against. */
  play(cards: readonly Card[]): void {
    const seat = this.turn
    const hand = this.hands[seat]!.filter((card) => !cards.includes(card))
    this.hands[seat] = hand
    this.trick = { seat, cards }
    this.last[seat] = this.trick
    this.opening = false
    if (hand.length > 0) return this.advance()
    const left = this.hands.map((cards) => cards.length)
    this.result = { winner: seat, left, points: settle(left) }
  }

  /** The seat to play passes; only where it does not lead. @returns whether that ended the trick */
  pass(): boolean {
    this.passed[this.turn] = true
    this.last[this.turn] = 'pass'
    this.advance()
    if (this.turn !== this.trick!.seat) return false
    this.trick = null
    this.passed = [false, false, false, false]
    this.last = [null, null, null, null]
    return true
  }

  /** What is done for a seat whose time is over: the lowest card of who leads, else null for a pass. */
  get idle(): Card[] | null {
    return this.trick ? null : [this.hands[this.turn]![0]!]
  }

  private advance(): void {
    do this.turn = (this.turn + 1) % SEATS.length
    while (this.passed[this.turn])
  }
}
