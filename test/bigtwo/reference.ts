/**
 * Big Two once more, slow and obvious, from the Rules of games/bigtwo/README.md. Shares no code and no way of thinking with the game's own
 * rules: cards are their names, a hand's plays are found by trying all of its subsets.
 */

const RANKS = ['3', '4', '5', '6', '7', '8', '9', 'T', 'J', 'Q', 'K', 'A', '2']
const SUITS = ['D', 'C', 'H', 'S']
/** Straights, lowest first, each from its lowest card to its highest. */
const STRAIGHTS = ['A2345', '23456', '34567', '45678', '56789', '6789T', '789TJ', '89TJQ', '9TJQK', 'TJQKA']
const KINDS = ['straight', 'flush', 'full house', 'four of a kind', 'straight flush']

export const ALL_CARDS: readonly string[] = RANKS.flatMap((rank) => SUITS.map((suit) => rank + suit))

const rank = (card: string) => RANKS.indexOf(card.charAt(0))
const suit = (card: string) => SUITS.indexOf(card.charAt(1))

/** The ranks that occur, with how often they do, the most frequent first. */
function groups(cards: readonly string[]): { rank: string; count: number }[] {
  return RANKS.map((rank) => ({ rank, count: cards.filter((card) => card.startsWith(rank)).length }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
}

function straightOf(cards: readonly string[]): string | undefined {
  return STRAIGHTS.find((ranks) => [...ranks].every((rank) => cards.some((card) => card.startsWith(rank))))
}

/** What the cards are when played together; null where that is nothing. */
export function kindOf(cards: readonly string[]): string | null {
  const counts = groups(cards)
    .map(({ count }) => count)
    .join('')
  if (cards.length === 1) return 'single'
  if (cards.length === 2) return counts === '2' ? 'pair' : null
  if (cards.length === 3) return counts === '3' ? 'triple' : null
  if (cards.length !== 5) return null
  const suited = cards.every((card) => suit(card) === suit(cards[0]!))
  if (straightOf(cards)) return suited ? 'straight flush' : 'straight'
  if (suited) return 'flush'
  if (counts === '41') return 'four of a kind'
  if (counts === '32') return 'full house'
  return null
}

/** What two combinations of one kind are compared by, the most important number first. */
function measures(cards: readonly string[]): number[] {
  const kind = kindOf(cards)!
  const ranks = cards.map(rank)
  const suits = cards.map(suit)
  if (kind === 'straight' || kind === 'straight flush') {
    const straight = straightOf(cards)!
    const top = cards.find((card) => card.startsWith(straight.charAt(4)))!
    return [STRAIGHTS.indexOf(straight), suit(top)]
  }
  if (kind === 'flush') return [suits[0]!, ...ranks.sort((a, b) => b - a)]
  if (cards.length === 5) return [RANKS.indexOf(groups(cards)[0]!.rank)]
  return [ranks[0]!, Math.max(...suits)]
}

/** Whether one combination may be played upon another. */
export function beats(cards: readonly string[], below: readonly string[]): boolean {
  if (cards.length !== below.length) return false
  const [one, other] = [kindOf(cards)!, kindOf(below)!]
  if (one !== other) return KINDS.indexOf(one) > KINDS.indexOf(other)
  const [mine, theirs] = [measures(cards), measures(below)]
  const decisive = mine.findIndex((measure, i) => measure !== theirs[i])
  return decisive >= 0 && mine[decisive]! > theirs[decisive]!
}

/** Whether these may be played by who holds them. */
export function allowed(cards: readonly string[], trick: readonly string[] | null, opening: boolean): boolean {
  if (kindOf(cards) === null) return false
  if (opening && !cards.includes('3D')) return false
  return trick === null || beats(cards, trick)
}

function subsets(cards: readonly string[], size: number): string[][] {
  if (size === 0) return [[]]
  if (cards.length < size) return []
  const [first, ...rest] = cards as [string, ...string[]]
  return [...subsets(rest, size - 1).map((subset) => [first, ...subset]), ...subsets(rest, size)]
}

/** Every play of a hand. */
export function allPlays(hand: readonly string[], trick: readonly string[] | null, opening: boolean): string[][] {
  return [1, 2, 3, 4, 5, 6].flatMap((size) => subsets(hand, size)).filter((cards) => allowed(cards, trick, opening))
}

/** The points of a deal from the cards that each seat has left. */
export function pointsOf(left: readonly number[]): number[] {
  const cost = left.map((cards) => {
    if (cards === 13) return 39
    if (cards >= 10) return cards * 2
    return cards
  })
  const total = cost[0]! + cost[1]! + cost[2]! + cost[3]!
  return left.map((cards, seat) => (cards === 0 ? total : 0 - cost[seat]!))
}
