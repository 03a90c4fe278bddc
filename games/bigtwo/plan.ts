import { type Card, type Combination, legalPlays } from './rules.ts'

interface Part {
  /** The cards as bits: bit 0 is the lowest of the hand. */
  readonly bits: number
  readonly burden: number
}

/**
 * The least burden of a hand, over all ways to split it into combinations. The last combination of a hand wins the deal, however
 * bad it is, so the heaviest one is free. At most 2^13 hands remain of one; each is reckoned once, and only if it is asked for.
 */
export class Plan {
  /** What can be made of the hand, under the place of its lowest card: one of those takes that card, in every split. */
  private readonly parts: Part[][]
  /** For each rest of the hand: the burden with a free combination still to give, and without; NaN where not reckoned yet. */
  private readonly sparing: Float64Array
  private readonly paying: Float64Array
  private readonly whole: number

  /** @param burden what it costs to have this to play; below 0 for what helps */
  constructor(
    private readonly hand: readonly Card[],
    burden: (combination: Combination) => number,
  ) {
    this.parts = hand.map(() => [])
    for (const combination of legalPlays(hand, null)) {
      const bits = this.bitsOf(combination.cards)
      this.parts[lowestBit(bits)]!.push({ bits, burden: burden(combination) })
    }
    this.whole = 2 ** hand.length - 1
    this.sparing = new Float64Array(this.whole + 1).fill(Number.NaN)
    this.paying = new Float64Array(this.whole + 1).fill(Number.NaN)
    this.sparing[0] = 0
    this.paying[0] = 0
  }

  /** The burden of the hand when these are played. */
  without(cards: readonly Card[]): number {
    return this.spare(this.whole ^ this.bitsOf(cards))
  }

  private bitsOf(cards: readonly Card[]): number {
    let bits = 0
    for (const card of cards) bits |= 1 << this.hand.indexOf(card)
    return bits
  }

  private spare(rest: number): number {
    const known = this.sparing[rest]!
    if (!Number.isNaN(known)) return known
    let least = Number.POSITIVE_INFINITY
    for (const { bits, burden } of this.parts[lowestBit(rest)]!)
      if ((bits & rest) === bits) least = Math.min(least, this.pay(rest ^ bits), burden + this.spare(rest ^ bits))
    this.sparing[rest] = least
    return least
  }

  private pay(rest: number): number {
    const known = this.paying[rest]!
    if (!Number.isNaN(known)) return known
    let least = Number.POSITIVE_INFINITY
    for (const { bits, burden } of this.parts[lowestBit(rest)]!)
      if ((bits & rest) === bits) least = Math.min(least, burden + this.pay(rest ^ bits))
    this.paying[rest] = least
    return least
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits)
