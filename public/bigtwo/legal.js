/**
 * The rules, as the page asks for them: cards are named as the game's lines name them. The game judges by the same file,
 * so what is offered here is accepted there.
 */
import { cardName, combine, legalPlays, objection, parseCards, rankOf, suitOf } from '/bigtwo/rules.js'
import { cardWords, rankWord, rankWords, suitWord } from './words.js'

/** @typedef {{ seat: number, cards: string[] }} Play */
/** @typedef {{ hand: string[], trick: Play | null, opening: boolean }} Task what lies before a player */
/** @typedef {import('/bigtwo/rules.js').Kind} Kind */
/** @typedef {{ kind: Kind, plays: string[][] }} Offer */

/** @param {string[]} names */
const numbers = (names) => parseCards(names) ?? []

/** @param {Play | null} trick */
const toBeat = (trick) => (trick ? (combine(numbers(trick.cards)) ?? null) : null)

/** Why these cards can't be played now, as a sentence; empty where they can. @param {string[]} cards @param {Task} task */
export function reason(cards, { hand, trick, opening }) {
  return objection(numbers(cards), numbers(hand), toBeat(trick), opening) ?? ''
}

/** @type {(names: string[]) => string[]} lowest first */
export const byRank = (names) => numbers(names).map(cardName)

/** @type {(names: string[]) => string[]} suit by suit, lowest first in each */
export const bySuit = (names) =>
  numbers(names)
    .sort((a, b) => suitOf(a) - suitOf(b) || a - b)
    .map(cardName)

/**
 * What may be played, in the order of kinds. Of plays that are as strong as each other the one with the lowest cards
 * stands for all.
 *
 * @param {Task} task
 * @returns {Offer[]}
 */
export function offers({ hand, trick, opening }) {
  /** @type {Map<Kind, Map<number, { sum: number, cards: string[] }>>} */
  const kinds = new Map()
  for (const { kind, strength, cards } of legalPlays(numbers(hand), toBeat(trick), opening)) {
    const plays = kinds.get(kind) ?? new Map()
    kinds.set(kind, plays)
    const sum = cards.reduce((a, b) => a + b, 0)
    if ((plays.get(strength)?.sum ?? Number.POSITIVE_INFINITY) > sum)
      plays.set(strength, { sum, cards: cards.map(cardName) })
  }
  return [...kinds].map(([kind, plays]) => ({
    kind,
    plays: [...plays].sort(([a], [b]) => a - b).map(([, { cards }]) => cards),
  }))
}

/**
 * Plays in the order in which a friend would propose them: low cards first, many at once, and nothing torn apart.
 *
 * @param {Task} task
 * @returns {string[][]}
 */
export function hints(task) {
  const held = new Map()
  for (const card of numbers(task.hand)) held.set(rankOf(card), (held.get(rankOf(card)) ?? 0) + 1)
  /** @param {string[]} names */
  const cost = (names) => {
    const cards = numbers(names)
    let sum = cards.length * -9
    for (const card of cards) {
      const used = cards.filter((other) => rankOf(other) === rankOf(card)).length
      const torn = held.get(rankOf(card)) - used
      sum += rankOf(card) + suitOf(card) / 8 + torn * 5 + (rankOf(card) > 10 ? 6 : 0)
    }
    return sum
  }
  return offers(task)
    .flatMap(({ plays }) => plays)
    .map((cards) => ({ cards, cost: cost(cards) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ cards }) => cards)
}

/** “a pair of kings”, “a flush of hearts”; the cards one by one where they are no combination. @param {string[]} names */
export function playWords(names) {
  const play = combine(numbers(names))
  if (!play) return names.map(cardWords).join(', ')
  const cards = play.cards.map(cardName)
  /** The rank of which there are most. */
  const main = [...cards].sort((a, b) => alike(cards, b) - alike(cards, a))[0]?.[0]
  const top = topOf(play)
  switch (play.kind) {
    case 'single':
      return `the ${cardWords(cards[0] ?? '')}`
    case 'pair':
      return `a pair of ${rankWords(main)}`
    case 'triple':
      return `three ${rankWords(main)}`
    case 'straight':
      return `a straight to the ${rankWord(top[0])}`
    case 'flush':
      return `a flush of ${suitWord(top[1])}`
    case 'full house':
      return `a full house of ${rankWords(main)}`
    case 'four of a kind':
      return `four ${rankWords(main)}`
    default:
      return `a straight flush of ${suitWord(top[1])} to the ${rankWord(top[0])}`
  }
}

/** @param {string[]} cards @param {string} card */
const alike = (cards, [rank]) => cards.filter((other) => other[0] === rank).length

/** The card that decides: of a straight it is the highest as the ranks run, which an ace or a 2 at its low end is not. @param {{ cards: readonly number[], kind: Kind, strength: number }} play */
function topOf({ cards, kind, strength }) {
  if (kind === 'straight' || kind === 'straight flush') return cardName(strength & 63)
  return cardName(cards.at(-1) ?? 0)
}
