import { describe, expect, it } from 'vitest'
import { Deal, SEATS } from '../../games/bigtwo/deal.ts'
import { type Random, seeded, shuffled } from '../../games/bigtwo/deck.ts'
import { type Card, cardName, combine, DECK, legalPlays, parseCard } from '../../games/bigtwo/rules.ts'
import { choose, type View } from '../../games/bigtwo/strategy.ts'

/** Cards to play, or null to pass. */
type Brain = (view: View) => readonly Card[] | null

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** Plays whatever it may, and passes only where it can play nothing. */
const chance =
  (random: Random): Brain =>
  ({ hand, trick, opening }) => {
    const plays = legalPlays(hand, trick, opening)
    return plays.length > 0 ? pick(random, plays).cards : null
  }

/** Passes as readily as it plays any other way. */
const whim =
  (random: Random): Brain =>
  ({ hand, trick, opening }) => {
    const plays = legalPlays(hand, trick, opening).map(({ cards }) => cards)
    return pick(random, trick ? [null, ...plays] : plays)
  }

/** As most people begin: as many cards as possible, the lowest that do. */
const greedy: Brain = ({ hand, trick, opening }) =>
  legalPlays(hand, trick, opening).sort((a, b) => b.cards.length - a.cards.length || a.strength - b.strength)[0]
    ?.cards ?? null

/** @returns the winner's seat */
function play(brains: readonly Brain[], random: Random): number {
  const deal = new Deal(shuffled(random))
  const seen = new Set<Card>()
  while (!deal.result) {
    const { turn: seat, target: trick, opening, passed, hands } = deal
    const counts = hands.map((hand) => hand.length)
    const cards = brains[seat]!({ seat, hand: hands[seat]!, trick, opening, passed, counts, seen })
    if (cards === null) deal.pass()
    else {
      expect(deal.objection(cards)).toBeUndefined()
      for (const card of cards) seen.add(card)
      deal.play(cards)
    }
  }
  return deal.result.winner
}

/** How many of so many deals one of two bots wins against two others, in all ways to sit. */
function wins(others: Brain, deals: number, seed: number): number {
  const random = seeded(seed)
  let won = 0
  for (let deal = 0; deal < deals; deal++) {
    const [a, b] = [deal % 4, (deal + 1 + (Math.floor(deal / 4) % 3)) % 4]
    const winner = play(
      SEATS.map((seat) => (seat === a || seat === b ? choose : others)),
      random,
    )
    if (winner === a || winner === b) won++
  }
  return won
}

const cards = (text: string) => (text === '' ? [] : text.split(' ').map((name) => parseCard(name)!))

/** What a bot on seat 0 does; of the cards that are not named, all were played. */
function answer(hand: string, below: string, others: string, counts: readonly number[]): string {
  const held = [...cards(hand), ...cards(others)]
  const chosen = choose({
    seat: 0,
    hand: cards(hand),
    trick: below === '' ? null : combine(cards(below))!,
    opening: false,
    passed: [false, false, false, false],
    counts: [cards(hand).length, ...counts],
    seen: new Set(DECK.filter((card) => !held.includes(card))),
  })
  return chosen ? chosen.map(cardName).join(' ') : 'pass'
}

describe('two bots win', () => {
  it.each([
    ['75 %', 'two who play what they can', chance(seeded(1)), 750],
    ['75 %', 'two who play by chance, or pass', whim(seeded(2)), 750],
    ['60 %', 'two who play the most and lowest cards', greedy, 600],
  ])('more than %s of 1,000 deals against %s', (_share, _who, others, least) => {
    const won = wins(others, 1000, 5)
    expect(won).toBeGreaterThan(least)
  })
})

describe('a bot', () => {
  it('goes out when it can', () => {
    expect(answer('9D 9S', '8H 8S', '9C 9H 2S 2D 5D', [2, 2, 1])).toBe('9D 9S')
    expect(answer('3D 3C 3H 4S 4D', '', '2S 2D 5D', [1, 1, 1])).toBe('3D 3C 3H 4D 4S')
  })

  it('leads what nobody can beat before its last low card', () => {
    expect(answer('3D 2S', '', '5D 8S AH 2H KC QD', [2, 2, 2])).toBe('2S')
  })

  it('leads no single where somebody has one card left and it has a pair', () => {
    expect(answer('4D 5D 5S 9C', '', '6D 8S AH 2H KC QD', [1, 3, 2])).toBe('5D 5S')
  })

  it('does not spend its best card on a small trick', () => {
    expect(answer('3D 4D AS AH AC 2S 2H', '8C', '5D 6S 7H 9D TD JC QS KD KH QD', [4, 3, 3])).not.toBe('2S')
  })

  it('passes where it can play nothing', () => {
    expect(answer('3D 4D', '2S', '5D 6S 7H', [1, 1, 1])).toBe('pass')
  })

  it('does the same in the same situation', () => {
    const once = () => answer('3D 4D 4S 9C TD JC QS 2H', '', '5D 6S 7H 9D TC KD KH AD', [3, 3, 2])
    expect(once()).toBe(once())
  })
})
