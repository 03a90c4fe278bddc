/**
 * The rules of Big Two for four, without a table: what a set of cards is, what beats what, what may be played, what it costs to lose.
 * README.md says which published rules are followed where these differ. Imports nothing: the game, the bot and the page use this one file.
 */

/** From 0 (3 of diamonds) to 51 (2 of spades): four times the rank, plus the suit. So numbers compare as single cards do. */
export type Card = number

/** Lowest first. */
export const RANKS = '3456789TJQKA2'
/** Lowest first: diamonds, clubs, hearts, spades. */
export const SUITS = 'DCHS'
export const DECK: readonly Card[] = Array.from({ length: 52 }, (_, card) => card)
/** 3 of diamonds, which the first play of a deal contains. */
export const LOWEST: Card = 0

/** As combinations of five rank, lowest first, behind those of one, two and three. */
export const KINDS = [
  'single',
  'pair',
  'triple',
  'straight',
  'flush',
  'full house',
  'four of a kind',
  'straight flush',
] as const
export type Kind = (typeof KINDS)[number]

export interface Combination {
  readonly kind: Kind
  /** Lowest first. */
  readonly cards: readonly Card[]
  /** Compares combinations of as many cards; of no meaning between others. */
  readonly strength: number
}

export const rankOf = (card: Card): number => card >> 2
export const suitOf = (card: Card): number => card & 3

/** As the lines name it: `3D`, `TS`. */
export const cardName = (card: Card): string => RANKS[rankOf(card)]! + SUITS[suitOf(card)]!

/** As a sentence names it: `3♦`, `10♠`. */
export function cardSymbol(card: Card): string {
  const rank = RANKS[rankOf(card)]!
  return (rank === 'T' ? '10' : rank) + '♦♣♥♠'[suitOf(card)]!
}

/** @returns undefined for what is no card's name */
export function parseCard(name: unknown): Card | undefined {
  if (typeof name !== 'string' || name.length !== 2) return undefined
  const rank = RANKS.indexOf(name[0]!)
  const suit = SUITS.indexOf(name[1]!)
  return rank < 0 || suit < 0 ? undefined : rank * 4 + suit
}

/** @returns the cards, lowest first; undefined for what is not a list of at most 52 different cards */
export function parseCards(names: unknown): Card[] | undefined {
  if (!Array.isArray(names) || names.length > DECK.length) return undefined
  const cards = new Set<Card>()
  for (const name of names) {
    const card = parseCard(name)
    if (card === undefined) return undefined
    cards.add(card)
  }
  return cards.size === names.length ? sorted([...cards]) : undefined
}

export const sorted = (cards: readonly Card[]): Card[] => [...cards].sort((a, b) => a - b)

/** Five ranks as bits → the highest of them. An ace is high or low and a 2 is low here, so no straight leads over an ace into a 2. */
const STRAIGHTS = new Map<number, number>()
/** The ranks of each straight, from its lowest. */
const RUNS: readonly (readonly number[])[] = [
  [11, 12, 0, 1, 2],
  [12, 0, 1, 2, 3],
  ...Array.from({ length: 8 }, (_, from) => [from, from + 1, from + 2, from + 3, from + 4]),
]
for (const run of RUNS) STRAIGHTS.set(bitsOf(run), run[4]!)

function bitsOf(ranks: Iterable<number>): number {
  let bits = 0
  for (const rank of ranks) bits |= 1 << rank
  return bits
}

/** What these cards are when played together; undefined where they are no combination. */
export function combine(cards: readonly Card[]): Combination | undefined {
  const own = sorted(cards)
  if (own.length === 5) return combineFive(own)
  const alike = own.length >= 1 && own.length <= 3 && own.every((card) => rankOf(card) === rankOf(own[0]!))
  return alike ? alikeOf(own) : undefined
}

/** One, two or three cards of one rank: the highest decides, since a higher rank is a higher number, and so is a higher suit of the same rank. */
const alikeOf = (cards: readonly Card[]): Combination => ({
  kind: KINDS[cards.length - 1]!,
  cards,
  strength: cards[cards.length - 1]!,
})

function five(kind: Kind, cards: readonly Card[], detail: number): Combination {
  return { kind, cards, strength: KINDS.indexOf(kind) * 64 + detail }
}

function combineFive(cards: readonly Card[]): Combination | undefined {
  const [a, b, c, d, e] = cards.map(rankOf) as [number, number, number, number, number]
  const suit = suitOf(cards[0]!)
  const suited = cards.every((card) => suitOf(card) === suit)
  const top = STRAIGHTS.get(bitsOf([a, b, c, d, e]))
  if (top !== undefined) {
    const highest = cards.find((card) => rankOf(card) === top)!
    return five(suited ? 'straight flush' : 'straight', cards, highest)
  }
  // The suit counts first: every flush of spades beats every flush of hearts.
  if (suited) return five('flush', cards, suit * 13 + e)
  // In order, four alike are the first or the last four, and three alike with two hold the middle.
  if ((a === d && d !== e) || (b === e && a !== b)) return five('four of a kind', cards, c)
  if ((a === c && d === e) || (a === b && c === e)) return five('full house', cards, c)
  return undefined
}

/** Whether one combination may be played upon another. */
export function beats(one: Combination, other: Combination): boolean {
  return one.cards.length === other.cards.length && one.strength > other.strength
}

/** Every choice of `count` of these, in their order. */
function* choices<T>(items: readonly T[], count: number, from = 0): Generator<T[]> {
  if (count === 0) yield []
  else
    for (let i = from; i + count <= items.length; i++)
      for (const rest of choices(items, count - 1, i + 1)) yield [items[i]!, ...rest]
}

/** Every way to take one of each list. */
function* oneOfEach<T>(lists: readonly (readonly T[])[], from = 0): Generator<T[]> {
  if (from === lists.length) yield []
  else for (const item of lists[from]!) for (const rest of oneOfEach(lists, from + 1)) yield [item, ...rest]
}

function* fives(hand: readonly Card[], byRank: readonly (readonly Card[])[]): Generator<Combination> {
  const made = (cards: readonly Card[]) => combineFive(sorted(cards))!
  for (const run of RUNS) for (const cards of oneOfEach(run.map((rank) => byRank[rank]!))) yield made(cards)
  for (let suit = 0; suit < 4; suit++)
    for (const cards of choices(
      hand.filter((card) => suitOf(card) === suit),
      5,
    )) {
      const flush = made(cards)
      // A straight flush came with the straights.
      if (flush.kind === 'flush') yield flush
    }
  for (const many of byRank) {
    for (const three of choices(many, 3))
      for (const others of byRank)
        if (others !== many) for (const two of choices(others, 2)) yield made([...three, ...two])
    if (many.length === 4) for (const card of hand) if (!many.includes(card)) yield made([...many, card])
  }
}

/**
 * Every play that the rules allow, in no particular order. Passing is none of them.
 *
 * @param hand different cards, in any order
 * @param trick what has to be beaten; null for who leads
 * @param opening whether it is the first play of the deal, which contains the 3 of diamonds
 */
export function legalPlays(hand: readonly Card[], trick: Combination | null, opening = false): Combination[] {
  const cards = sorted(hand)
  const byRank: Card[][] = Array.from(RANKS, () => [])
  for (const card of cards) byRank[rankOf(card)]!.push(card)
  const plays: Combination[] = []
  const add = (play: Combination) => {
    if (trick !== null && play.strength <= trick.strength) return
    if (!opening || play.cards.includes(LOWEST)) plays.push(play)
  }
  const size = trick?.cards.length
  for (const count of [1, 2, 3])
    if (size === undefined || size === count)
      for (const alike of byRank) for (const chosen of choices(alike, count)) add(alikeOf(chosen))
  if (size === undefined || size === 5) for (const play of fives(cards, byRank)) add(play)
  return plays
}

const SIZES: Record<number, string> = { 1: 'a single card', 2: 'a pair', 3: 'three of a kind', 5: 'five cards' }

/** Why these cards can't be played, as a sentence for the player; undefined where they can. Parameters as in `legalPlays`. */
export function objection(
  cards: readonly Card[],
  hand: readonly Card[],
  trick: Combination | null,
  opening = false,
): string | undefined {
  if (cards.length === 0) return 'Choose the cards that you want to play.'
  const foreign = cards.find((card) => !hand.includes(card))
  if (foreign !== undefined) return `You do not hold the ${cardSymbol(foreign)}.`
  const size = trick?.cards.length
  if (size !== undefined && cards.length !== size) return `Play ${SIZES[size]} or pass.`
  const play = combine(cards)
  if (play === undefined) {
    return cards.length === 5
      ? 'These five cards are no straight, flush, full house, four of a kind or straight flush.'
      : 'Play a single card, a pair, three of a kind or a combination of five cards.'
  }
  if (opening && !cards.includes(LOWEST)) return `The first play of the deal must contain the ${cardSymbol(LOWEST)}.`
  if (trick !== null && !beats(play, trick)) return `That does not beat the ${trick.kind} on the table.`
  return undefined
}

/** What cards that are left cost: one point each, two from ten cards on, three with all thirteen. */
export function penalty(left: number): number {
  return left * (left < 10 ? 1 : left < 13 ? 2 : 3)
}

/**
 * The points of a deal, a seat each; their sum is 0.
 * @param left cards that each seat has left; the winner's are 0
 */
export function settle(left: readonly number[]): number[] {
  const lost = left.map(penalty)
  const sum = lost.reduce((a, b) => a + b, 0)
  return lost.map((points) => (points === 0 ? sum : -points))
}
