import { type Card, DECK } from './rules.ts'

/** Numbers from 0 to 1, 1 excluded. */
export type Random = () => number

/** All 52 cards in an order of chance. */
export function shuffled(random: Random): Card[] {
  const cards = [...DECK]
  for (let last = cards.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const card = cards[last]!
    cards[last] = cards[other]!
    cards[other] = card
  }
  return cards
}

/** The same numbers for the same seed (Mulberry32): for deals that can be repeated, not for deals that nobody may foresee. */
export function seeded(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
