import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  beats,
  type Card,
  cardName,
  cardSymbol,
  combine,
  DECK,
  KINDS,
  legalPlays,
  objection,
  parseCard,
  parseCards,
  penalty,
  settle,
} from '../../games/bigtwo/rules.ts'
import * as reference from './reference.ts'

const cards = (text: string): Card[] => text.split(' ').map((name) => parseCard(name)!)
const names = (list: readonly Card[]) => list.map(cardName)
const kind = (text: string) => combine(cards(text))?.kind
const higher = (one: string, other: string) => beats(combine(cards(one))!, combine(cards(other))!)

/** Cards of the deck that stand close together: hands of chance hold few combinations. */
const close = (size: number | { min: number; max: number }) => {
  const { min, max } = typeof size === 'number' ? { min: size, max: size } : size
  const few = fc
    .tuple(fc.integer({ min: 0, max: 51 }), fc.integer({ min: Math.max(max, 5), max: 20 }))
    .map(([from, span]) => DECK.map((_, i) => DECK[(from + i) % 52]!).slice(0, span))
  const suited = fc.integer({ min: 0, max: 3 }).map((suit) => DECK.filter((card) => (card & 3) === suit))
  const pool = fc.oneof(fc.constant<Card[]>([...DECK]), few, suited)
  return pool.chain((from) => fc.shuffledSubarray(from, { minLength: min, maxLength: Math.min(max, from.length) }))
}

/** A combination to beat, or none. */
const trick = fc.option(
  fc.oneof(close(1), close(2), close(3), close(5), close(5), close(5)).map((list) => combine(list) ?? null),
)

describe('cards', () => {
  it('are named by rank and suit, lowest first', () => {
    expect(names(DECK)).toEqual(reference.ALL_CARDS)
    expect(names(DECK).map(parseCard)).toEqual(DECK)
    expect([cardSymbol(0), cardSymbol(51), cardSymbol(parseCard('TH')!)]).toEqual(['3♦', '2♠', '10♥'])
  })

  it('are refused by any other name', () => {
    const wrong = ['', '3', '3d', 'D3', '10S', '3DD', ' 3D', '1S', 'XS', 3, null, undefined, {}, ['3D'], '__proto__']
    expect(wrong.map(parseCard)).toEqual(wrong.map(() => undefined))
  })

  it('come as a list of different ones, in any order', () => {
    expect(parseCards(['2S', '3D'])).toEqual([0, 51])
    expect(parseCards([])).toEqual([])
    const wrong = [['3D', '3D'], ['3D', 4], '3D', { length: 1, 0: '3D' }, null, undefined, Array(53).fill('3D')]
    expect(wrong.map(parseCards)).toEqual(wrong.map(() => undefined))
  })
})

describe('combinations', () => {
  it.each([
    ['3D', 'single'],
    ['3D 3S', 'pair'],
    ['3D 4D', undefined],
    ['2D 2C 2S', 'triple'],
    ['2D 2C AS', undefined],
    ['3D 3C 3H 3S', undefined],
    ['3D 4C 5H 6S 7D', 'straight'],
    ['AD 2C 3H 4S 5D', 'straight'],
    ['2C 3H 4S 5D 6D', 'straight'],
    ['TD JC QH KS AD', 'straight'],
    ['JC QH KS AD 2D', undefined],
    ['QC KH AS 2D 3D', undefined],
    ['KC AH 2S 3D 4D', undefined],
    ['3D 5D 8D KD 2D', 'flush'],
    ['3D 3C 3H 4S 4D', 'full house'],
    ['3D 3C 4H 4S 4D', 'full house'],
    ['3D 3C 3H 3S 4D', 'four of a kind'],
    ['3D 4C 4H 4S 4D', 'four of a kind'],
    ['3D 3C 4H 4S 5D', undefined],
    ['3D 3C 3H 4S 5D', undefined],
    ['AS 2S 3S 4S 5S', 'straight flush'],
    ['JS QS KS AS 2S', 'flush'],
    ['3D 4C 5H 6S 7D 8D', undefined],
  ])('%s is: %s', (text, expected) => {
    expect(kind(text)).toBe(expected)
    expect(combine(cards(text).reverse())?.kind).toBe(expected)
  })

  it.each([
    ['a suit decides between singles of a rank', '9C', '9D'],
    ['any 2 beats any ace', '2D', 'AS'],
    ['a pair with the spade beats the other pair of its rank', '9D 9S', '9C 9H'],
    ['a triple of a higher rank', '4D 4C 4H', '3C 3H 3S'],
    ['23456 beats A2345', '2D 3C 4D 5D 6D', 'AS 2S 3S 4S 5C'],
    ['34567 beats 23456', '3D 4C 5D 6D 7D', '2S 3S 4S 5S 6C'],
    ['the highest straight ends in an ace', 'TD JC QD KD AD', '9S TS JS QS KC'],
    ['the suit of its highest card decides between equal straights', '3D 4D 5D 6D 7S', '3S 4S 5S 6S 7H'],
    ['it is the 5 that counts in A2345', 'AD 2D 3D 4D 5S', 'AS 2S 3S 4S 5H'],
    ['the lowest flush beats the highest straight', '3D 4D 5D 6D 8D', 'TS JS QS KS AC'],
    ['a flush of spades beats any flush of hearts', '3S 4S 5S 6S 8S', '9H JH KH AH 2H'],
    ['the highest card decides between flushes of a suit', '3S 4S 5S 6S 2S', '8S TS JS QS AS'],
    ['the lowest full house beats the highest flush', '3D 3C 3H 4S 4D', '9S JS QS KS 2S'],
    ['three decide a full house, not two', '4D 4C 4H 3S 3D', '3C 3H 3S 2D 2S'],
    ['four of a kind beats a full house', '3D 3C 3H 3S 4D', '2D 2C 2H AS AD'],
    ['four decide, not the one with them', '4D 4C 4H 4S 3D', '3D 3C 3H 3S 2S'],
    ['the lowest straight flush beats the highest four of a kind', 'AD 2D 3D 4D 5D', '2D 2C 2H 2S AS'],
    ['rank counts before suit in straight flushes', '3D 4D 5D 6D 7D', '2S 3S 4S 5S 6S'],
  ])('%s', (_name, one, other) => {
    expect([higher(one, other), higher(other, one), higher(one, one)]).toEqual([true, false, false])
  })

  it('are never beaten by another number of cards', () => {
    expect([higher('2S', '3D 3C'), higher('2D 2C 2S', '3D 3C'), higher('3D 3C 3H 3S 4D', '2S')]).toEqual([
      false,
      false,
      false,
    ])
  })

  it('of five are as many as they have to be in 52 cards', () => {
    const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0]))
    for (let a = 0; a < 48; a++)
      for (let b = a + 1; b < 49; b++)
        for (let c = b + 1; c < 50; c++)
          for (let d = c + 1; d < 51; d++)
            for (let e = d + 1; e < 52; e++) {
              const kind = combine([a, b, c, d, e])?.kind
              if (kind) counts[kind]!++
            }
    // As in any book on poker, where straights run from A2345 to TJQKA as well.
    expect(counts).toEqual({
      single: 0,
      pair: 0,
      triple: 0,
      straight: 10_200,
      flush: 5_108,
      'full house': 3_744,
      'four of a kind': 624,
      'straight flush': 40,
    })
  })
})

describe('against the reference', () => {
  it('what cards are', () => {
    fc.assert(
      fc.property(close({ min: 1, max: 6 }), (list) => {
        expect(combine(list)?.kind ?? null).toBe(reference.kindOf(names(list)))
      }),
      { numRuns: 3000 },
    )
  })

  it('what beats what', () => {
    const pair = fc.oneof(...[1, 2, 3, 5, 5, 5].map((size) => fc.tuple(close(size), close(size))))
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const [a, b] = [combine(one), combine(other)]
        // A deck has each card once.
        fc.pre(a !== undefined && b !== undefined && !one.some((card) => other.includes(card)))
        expect(beats(a!, b!)).toBe(reference.beats(names(one), names(other)))
        expect(beats(b!, a!)).toBe(reference.beats(names(other), names(one)))
      }),
      { numRuns: 3000 },
    )
  })

  it('every legal play of a hand, once', () => {
    fc.assert(
      fc.property(close({ min: 1, max: 13 }), trick, fc.boolean(), (held, target, first) => {
        const hand = held.filter((card) => !target?.cards.includes(card))
        const opening = first && target === null
        const below = target && names(target.cards)
        const sets = (list: readonly (readonly string[])[]) => list.map((play) => [...play].sort().join(' ')).sort()
        const plays = legalPlays(hand, target, opening).map((play) => names(play.cards))
        expect(sets(plays)).toEqual(sets(reference.allPlays(names(hand), below, opening)))
      }),
      { numRuns: 300 },
    )
  })

  it('whether a play is refused', () => {
    fc.assert(
      fc.property(
        close({ min: 5, max: 13 }),
        close({ min: 1, max: 6 }),
        trick,
        fc.boolean(),
        (cards, wish, target, first) => {
          const hand = cards.filter((card) => !target?.cards.includes(card))
          const opening = first && target === null
          const held = wish.every((card) => hand.includes(card))
          const fine = held && reference.allowed(names(wish), target && names(target.cards), opening)
          expect(objection(wish, hand, target, opening) === undefined).toBe(fine)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('points', () => {
    const left = fc.tuple(fc.constant(0), ...[1, 2, 3].map(() => fc.integer({ min: 1, max: 13 }))) as fc.Arbitrary<
      number[]
    >
    fc.assert(
      fc.property(left, fc.integer({ min: 0, max: 3 }), (rest, winner) => {
        const turned = [...rest.slice(winner), ...rest.slice(0, winner)]
        expect(settle(turned)).toEqual(reference.pointsOf(turned))
        expect(settle(turned).reduce((a, b) => a + b, 0)).toBe(0)
      }),
    )
  })
})

describe('the reason why not', () => {
  const hand = cards('3D 3S 4C 5H 6S 7D 9D 9C 9H KS')
  it.each([
    ['no cards', '', null, false, /^Choose/],
    ['cards of somebody else', '3D 2S TH', null, false, /hold the 2♠/],
    ['a ten is shown as 10', 'TH', null, false, /10♥/],
    ['another number than the trick has', '9D', '4D 4H', false, /^Play a pair or pass\.$/],
    ['five that fit nothing', '3D 3S 4C 9D 9C', null, false, /no straight/],
    ['two that fit nothing', '3D 4C', null, false, /single card/],
    ['an opening without its card', '4C', null, true, /must contain the 3♦/],
    ['too low a pair', '3D 3S', '4D 4H', false, /does not beat the pair/],
    ['too low a straight', '3D 4C 5H 6S 7D', '4D 5D 6D 7C 8D', false, /does not beat the straight/],
  ])('%s', (_name, wish, below, opening, why) => {
    const target = below === null ? null : combine(cards(below))!
    expect(objection(wish === '' ? [] : cards(wish), hand, target, opening)).toMatch(why)
  })

  it('is one sentence', () => {
    fc.assert(
      fc.property(close({ min: 1, max: 6 }), trick, fc.boolean(), (wish, target, opening) => {
        expect(objection(wish, hand, target, opening) ?? 'None.').toMatch(/^[A-Z][^.]*\.$/)
      }),
    )
  })
})

it('cards left cost one point each, two from ten on, three with all of them', () => {
  expect([0, 1, 9, 10, 12, 13].map(penalty)).toEqual([0, 1, 9, 20, 24, 39])
  expect(settle([3, 0, 10, 13])).toEqual([-3, 62, -20, -39])
})
