import * as reference from './reference.ts'

// biome-ignore lint/suspicious/noExplicitAny: the game's lines have shapes of their own, which are checked here
type Line = Record<string, any>

/** A deal as one client was told of it. */
export interface DealRecord {
  readonly deal: number
  /** The cards that this client was dealt; none for who watches. */
  readonly hand: readonly string[]
  readonly plays: readonly { readonly seat: number; readonly cards: readonly string[] }[]
  readonly left: readonly number[]
  /** Lines that everyone gets, in their order. */
  readonly lines: readonly string[]
}

const CARD = /"([3-9TJQKA2][DCHS])"/g

/**
 * Watches over all that one client is sent while four players play, from before the first play on. Knows the rules from the reference alone.
 * Throws at the first line that is wrong, out of place, or shows what this client may not see.
 */
export class Referee {
  /** Deals that are over. */
  readonly records: DealRecord[] = []
  private expected: 'Deal' | 'Hand' | 'Turn' | 'Move' | 'Trick' | 'Over' = 'Deal'
  /** What comes before the first Table belongs to it: who comes hears the room before the game knows of it. */
  private shown = false
  private deal = 0
  private hand: string[] = []
  private dealt: string[] = []
  private played = new Set<string>()
  private plays: { seat: number; cards: string[] }[] = []
  private lines: string[] = []
  private counts: number[] = []
  private turn = -1
  private opening = false
  private trick: { seat: number; cards: string[] } | null = null
  private passed = [false, false, false, false]
  private scores = [0, 0, 0, 0]

  /** @param seat where this client sits; null where it watches */
  constructor(private readonly seat: number | null) {}

  see(text: string): void {
    const line: Line = JSON.parse(text)
    try {
      if (line.t === 'Table') this.table(line)
      else if (line.t !== 'Seats' && this.shown) this.follow(line, text)
      this.secrecy(text)
    } catch (error) {
      throw new Error(`${(error as Error).message}, in ${text}`)
    }
  }

  /** No card is named that is neither this client's own nor was played openly in this deal. */
  private secrecy(text: string): void {
    for (const [, card] of text.matchAll(CARD))
      must(this.hand.includes(card!) || this.played.has(card!), `${card} is shown to seat ${this.seat}`)
  }

  private table(line: Line): void {
    must(line.you === this.seat, `it sits at ${line.you}`)
    this.shown = true
    if (line.phase !== 'playing') return
    must(this.expected === 'Deal' && line.turn !== null, `${this.expected} is due`)
    this.begin(line.deal)
    this.fresh(line.seats)
    must(line.fill === 0, 'no bots are to come')
    const { hand, counts, trick, passed, last, opening, result, ms, left } = line
    must(left > 0 && left <= ms, 'a turn has an end')
    same([hand, counts, trick, passed], [[], this.counts, null, this.passed])
    same([last, opening, result], [[null, null, null, null], true, null])
    this.expected = 'Move'
    this.turn = line.turn
  }

  private fresh(seats: readonly Line[]): void {
    same(
      seats.map(({ cards, score }) => [cards, score]),
      this.scores.map((score) => [13, score]),
    )
  }

  private begin(deal: number): void {
    must(deal === this.deal + 1, `deal ${deal} follows deal ${this.deal}`)
    this.deal = deal
    this.hand = []
    this.played = new Set()
    this.plays = []
    this.lines = []
    this.counts = [13, 13, 13, 13]
    this.opening = true
    this.trick = null
    this.passed = [false, false, false, false]
  }

  private follow(line: Line, text: string): void {
    const kind = line.t === 'Played' || line.t === 'Passed' ? 'Move' : line.t
    must(kind === this.expected, `${this.expected} is due`)
    if (kind === 'Deal') return this.dealing(line)
    if (kind === 'Hand') return this.handed(line)
    // Who came behind it was shown the first turn in another way.
    if (kind !== 'Turn' || !this.opening) this.lines.push(text)
    if (kind === 'Turn') this.turning(line)
    if (line.t === 'Played') this.playing(line)
    if (line.t === 'Passed') this.passing(line)
    if (kind === 'Trick') this.taking(line)
    if (kind === 'Over') this.ending(line)
  }

  private dealing(line: Line): void {
    this.begin(line.deal)
    this.fresh(line.seats)
    this.turn = -1
    this.expected = this.seat === null ? 'Turn' : 'Hand'
  }

  private handed(line: Line): void {
    must(new Set(line.cards).size === 13, 'a hand is 13 cards')
    must(
      line.cards.every((card: string) => reference.ALL_CARDS.includes(card)),
      'a hand is of cards',
    )
    this.hand = [...line.cards]
    this.dealt = [...line.cards]
    this.expected = 'Turn'
  }

  private turning(line: Line): void {
    // Who opens shows when the deal is over, and to itself at once.
    if (this.turn < 0) this.turn = line.seat
    if (this.opening && this.seat !== null) must((line.seat === this.seat) === this.hand.includes('3D'), '3D opens')
    same([line.seat, line.opening, line.trick, line.passed], [this.turn, this.opening, this.trick, this.passed])
    this.expected = 'Move'
  }

  private playing({ seat, cards, left, timer }: Line): void {
    must(seat === this.turn && timer === false, `it is the turn of ${this.turn}`)
    must(new Set(cards).size === cards.length, 'a card is there once')
    must(reference.allowed(cards, this.trick?.cards ?? null, this.opening), 'the rules forbid it')
    for (const card of cards) {
      must(!this.played.has(card), `${card} was played before`)
      must(this.hand.includes(card) === (seat === this.seat), `${card} is in another hand`)
      this.played.add(card)
    }
    this.hand = this.hand.filter((card) => !cards.includes(card))
    this.counts[seat]! -= cards.length
    must(left === this.counts[seat], `${this.counts[seat]} cards are left`)
    this.trick = { seat, cards }
    this.plays.push({ seat, cards })
    this.opening = false
    this.advance()
    this.expected = left === 0 ? 'Over' : 'Turn'
  }

  private passing({ seat, timer }: Line): void {
    must(seat === this.turn && timer === false, `it is the turn of ${this.turn}`)
    must(this.trick !== null, 'who leads plays')
    this.passed[seat] = true
    this.advance()
    this.expected = this.passed.filter((passed) => passed).length === 3 ? 'Trick' : 'Turn'
  }

  private advance(): void {
    for (const step of [1, 2, 3]) {
      const seat = (this.turn + step) % 4
      if (this.passed[seat]) continue
      this.turn = seat
      return
    }
  }

  private taking({ seat }: Line): void {
    must(seat === this.trick!.seat, `seat ${this.trick!.seat} played last`)
    this.turn = seat
    this.trick = null
    this.passed = [false, false, false, false]
    this.expected = 'Turn'
  }

  private ending({ winner, left, points, scores }: Line): void {
    must(winner === this.trick!.seat && this.counts[winner] === 0, 'the first empty hand wins')
    same(left, this.counts)
    must(this.played.size + left[0] + left[1] + left[2] + left[3] === 52, 'there are 52 cards')
    if (this.seat !== null) must(this.hand.length === left[this.seat], 'its own cards are left')
    same(points, reference.pointsOf(left))
    this.scores = this.scores.map((score, seat) => score + points[seat])
    same(scores, this.scores)
    this.records.push({ deal: this.deal, hand: this.dealt, plays: this.plays, left, lines: this.lines })
    this.expected = 'Deal'
  }
}

/**
 * What no client can see alone: that the four hands are the deck, that the opener held 3D, that each seat played its own cards, and that everyone
 * was told the same. Throws where not.
 * @param records of one deal: the four players' in the order of their seats, then those who watched
 */
export function compare(records: readonly DealRecord[]): void {
  const hands = records.slice(0, 4).map(({ hand }) => hand)
  must(new Set(hands.flat()).size === 52, 'the hands are not the deck')
  const { plays, left } = records[0]!
  must(hands[plays[0]!.seat]!.includes('3D'), 'another seat than that of 3D opened')
  for (const [seat, hand] of hands.entries()) {
    const played = plays.filter((play) => play.seat === seat).flatMap(({ cards }) => cards)
    must(
      played.every((card) => hand.includes(card)),
      `seat ${seat} played what it did not hold`,
    )
    must(played.length + left[seat]! === hand.length, `cards of seat ${seat} are lost`)
  }
  for (const { deal, lines } of records) {
    same([deal, lines.length], [records[0]!.deal, records[0]!.lines.length])
    for (const [i, line] of lines.entries()) same(line, records[0]!.lines[i])
  }
}

function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise)
}

function same(actual: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(wanted)]
  must(one === other, `${one} should be ${other}`)
}
