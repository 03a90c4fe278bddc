/** Cards and plays as a sentence names them. */

/** @type {Record<string, string>} */
const RANKS = {
  3: 'three',
  4: 'four',
  5: 'five',
  6: 'six',
  7: 'seven',
  8: 'eight',
  9: 'nine',
  T: 'ten',
  J: 'jack',
  Q: 'queen',
  K: 'king',
  A: 'ace',
  2: 'two',
}
/** @type {Record<string, string>} */
const SUITS = { D: 'diamonds', C: 'clubs', H: 'hearts', S: 'spades' }

/** @param {string | undefined} rank */
export const rankWord = (rank = '') => RANKS[rank] ?? rank

/** @param {string | undefined} rank */
export const rankWords = (rank = '') => (rank === '6' ? 'sixes' : `${rankWord(rank)}s`)

/** @param {string} card */
export const cardWords = ([rank, suit]) => `${rankWord(rank)} of ${SUITS[suit ?? ''] ?? ''}`

/** @param {string | undefined} suit */
export const suitWord = (suit = '') => SUITS[suit] ?? suit

/** What a card's corner shows. @param {string} card */
export const cornerText = ([rank = '']) => (rank === 'T' ? '10' : rank)

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`

/** @param {number} points */
export const signed = (points) => (points > 0 ? `+${points}` : points < 0 ? `−${-points}` : '0')
