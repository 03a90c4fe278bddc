import { SEATS, type Seat } from './deal.ts'
import { type Card, cardName, combine, parseCards } from './rules.ts'
import { choose, type View } from './strategy.ts'

/** A play as the lines write it. */
interface PlayLine {
  readonly cards: readonly string[]
}

/** What is read of the table's lines; README.md says which line has which keys. */
interface TableLine {
  readonly t: string
  readonly you: Seat | null
  readonly seat: Seat
  readonly turn: Seat | null
  readonly trick: PlayLine | null
  readonly passed: readonly boolean[]
  readonly opening: boolean
  readonly hand: readonly string[]
  readonly cards: readonly string[]
  readonly counts: readonly number[]
  readonly left: number
}

/** A player that knows what it is told, and answers when it is its turn. */
export class Player {
  private seat: Seat | null = null
  private hand: Card[] = []
  private counts: number[] = SEATS.map(() => 0)
  private seen = new Set<Card>()

  /** @returns the message to send, if it is one's turn */
  take(message: unknown): object | undefined {
    const line = message as TableLine
    switch (line.t) {
      case 'Table':
        this.seat = line.you
        this.hand = parseCards(line.hand)!
        this.counts = [...line.counts]
        this.see(line.trick?.cards ?? [])
        return line.turn !== null && line.turn === this.seat ? this.answer(line) : undefined
      case 'Deal':
        this.counts = SEATS.map(() => 13)
        this.seen.clear()
        return
      case 'Hand':
        this.hand = parseCards(line.cards)!
        return
      case 'Played':
        this.see(line.cards)
        this.counts[line.seat] = line.left
        if (line.seat === this.seat) this.hand = this.hand.filter((card) => !this.seen.has(card))
        return
      case 'Turn':
        return line.seat === this.seat ? this.answer(line) : undefined
    }
    return
  }

  private see(names: readonly string[]): void {
    for (const card of parseCards(names)!) this.seen.add(card)
  }

  private answer({ trick, passed, opening }: TableLine): object {
    const target = trick && combine(parseCards(trick.cards)!)!
    const view: View = {
      seat: this.seat!,
      hand: this.hand,
      trick: target,
      opening,
      passed,
      counts: this.counts,
      seen: this.seen,
    }
    const cards = choose(view)
    return cards ? { t: 'Play', cards: cards.map(cardName) } : { t: 'Pass' }
  }
}
