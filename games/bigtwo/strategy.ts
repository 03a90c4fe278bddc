import { SEATS, type Seat } from './deal.ts'
import { Plan } from './plan.ts'
import { type Card, type Combination, DECK, KINDS, legalPlays, rankOf } from './rules.ts'

/** What a player in a seat can see of a deal. */
export interface View {
  readonly seat: Seat
  readonly hand: readonly Card[]
  /** What has to be beaten; null for who leads. */
  readonly trick: Combination | null
  readonly opening: boolean
  readonly passed: readonly boolean[]
  /** Cards in each hand. */
  readonly counts: readonly number[]
  /** Cards that were played in this deal, as far as this player saw it. */
  readonly seen: ReadonlySet<Card>
}

/**
 * Found by trial: of thousands of changes by chance, those stayed that won more deals against the strategy before the change, against
 * always playing the most and lowest cards, and against chance.
 */
export const WEIGHTS = {
  /** By size of a combination: the burden of the lowest, how fast it sinks for higher ones, and what the highest is worth. */
  burden: [0, 2, 0.7, 0.4, 0, 0.75],
  bend: [0, 1, 1.5, 2, 0, 4.5],
  asset: [0, 0.19, 0.09, 0.04, 0, 0.11],
  /** To have the lead; and to get rid of one card. */
  lead: 0.17,
  card: 0.036,
  /** How much more the lead is worth when somebody has 1, 2, 3 cards left. */
  alarm: [0, 0.45, 0.35, 0.25],
  /** To be beaten by somebody's last cards. */
  loss: 0.75,
}

/**
 * What a bot plays: the play that leaves the least burden and most likely keeps the lead. Knows the rules and what lies on the table,
 * looks at nobody's cards, and always does the same in the same situation.
 *
 * @returns the cards to play, or null to pass
 */
export function choose(view: View, weights = WEIGHTS): readonly Card[] | null {
  const plays = legalPlays(view.hand, view.trick, view.opening)
  const final = plays.find((play) => play.cards.length === view.hand.length)
  if (final || plays.length === 0) return final ? final.cards : null
  const unseen = DECK.filter((card) => !view.seen.has(card) && !view.hand.includes(card))
  const plan = new Plan(view.hand, (combination) => burden(combination, unseen, weights))
  const fewest = Math.min(...others(view).map((seat) => view.counts[seat]!))
  const lead = weights.lead * (1 + (weights.alarm[fewest] ?? 0))
  const rivals = others(view).filter((seat) => view.trick === null || !view.passed[seat])

  let best: readonly Card[] | null = null
  // Who leads has to play.
  let most = view.trick === null ? Number.NEGATIVE_INFINITY : -plan.without([]) - lead
  for (const play of plays) {
    const size = play.cards.length
    let held = 1
    let safe = 1
    for (const seat of rivals) {
      const count = view.counts[seat]!
      const beaten = chanceToBeat(play, count, unseen)
      held *= 1 - beaten
      if (count === size) safe *= 1 - beaten
    }
    // Not even: who can beat a play does not always, but a lead that is often lost is worth next to nothing.
    const value = weights.card * size - plan.without(play.cards) - (1 - held ** 2) * lead - (1 - safe) * weights.loss
    if (value > most) {
      best = play.cards
      most = value
    }
  }
  return best
}

const others = (view: View): Seat[] => SEATS.filter((seat) => seat !== view.seat)

/** What it costs to still have this to play: low cards have to wait for a lead, the highest ones bring it. */
function burden(combination: Combination, unseen: readonly Card[], weights: typeof WEIGHTS): number {
  const size = combination.cards.length
  const beatable = size === 5 ? heldByFullHand(combination) : higher(combination, unseen) / unseen.length
  return weights.burden[size]! * beatable ** weights.bend[size]! - weights.asset[size]! * (1 - beatable) ** 2
}

function higher(combination: Combination, unseen: readonly Card[]): number {
  let count = 0
  for (const card of unseen) if (card > combination.strength) count++
  return count
}

/** The chance that a hand of so many of the unseen cards can beat a play; near enough, as if its cards were drawn one by one. */
function chanceToBeat(play: Combination, count: number, unseen: readonly Card[]): number {
  const size = play.cards.length
  if (count < size) return 0
  // Measured: the chance to hold five cards that fit together sinks about so with the number of cards.
  if (size === 5) return heldByFullHand(play) * ((count - 4) / 9) ** 2.2
  const share = Math.min(1, count / unseen.length)
  return 1 - (1 - share ** size) ** waysToBeat(play, unseen)
}

/** How many of the pairs (singles, triples) that the unseen cards hold are higher. */
function waysToBeat(play: Combination, unseen: readonly Card[]): number {
  const size = play.cards.length
  if (size === 1) return higher(play, unseen)
  const rank = rankOf(play.strength)
  const counts = new Array<number>(13).fill(0)
  for (const card of unseen) counts[rankOf(card)]!++
  let ways = 0
  for (let other = rank + 1; other < 13; other++) ways += CHOICES[size]![counts[other]!]!
  // A pair of the same rank is higher if it has the spade.
  return size === 2 && counts[rank] === 2 && higher(play, unseen) > 0 && unseen.includes(rank * 4 + 3) ? ways + 1 : ways
}

/** Ways to choose so many (2, 3) of 0 to 4. */
const CHOICES = [[], [], [0, 0, 1, 3, 6], [0, 0, 0, 1, 4]]

/** Measured: how often 13 cards by chance hold something higher than the lowest and the highest of a kind. */
const HELD: Record<string, readonly [number, number]> = {
  straight: [0.94, 0.84],
  flush: [0.83, 0.57],
  'full house': [0.5, 0.13],
  'four of a kind': [0.05, 0.02],
  'straight flush': [0.02, 0],
}

function heldByFullHand({ kind, strength }: Combination): number {
  const [lowest, highest] = HELD[kind]!
  const span = kind === 'full house' || kind === 'four of a kind' ? 12 : 51
  return lowest + ((highest - lowest) * (strength - KINDS.indexOf(kind) * 64)) / span
}
