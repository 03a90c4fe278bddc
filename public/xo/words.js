/** @typedef {import('./fold.js').State} State */
/** @typedef {import('./fold.js').GameEvent} GameEvent */
/** @typedef {import('./fold.js').SeatNumber} SeatNumber */

import { markOf, other, seatOf } from './fold.js'

/** @param {State} state @param {SeatNumber} seat */
export const nameAt = ({ seats }, seat) => seats[seat]?.name ?? 'Somebody'

/** @param {{ side: number, line: number }} board */
export const boardWords = ({ side, line }) => `${side} × ${side}, ${line} in a row`

/**
 * What there is to say about a table: a headline and a line below it.
 *
 * @param {State} state
 * @param {string | null} you
 * @param {string[]} away
 * @returns {{ head: string, below: string, tone: '' | 'x' | 'o' | 'good' | 'bad' }}
 */
export function headline(state, you, away) {
  const seat = seatOf(state, you)
  if (state.phase === 'waiting') {
    const [a, b] = state.seats
    if (seat !== null) return { head: 'Waiting for a second player', below: boardWords(state), tone: '' }
    return { head: a || b ? 'A seat is free' : 'Nobody sits here', below: boardWords(state), tone: '' }
  }
  if (state.phase === 'playing' && state.turn !== null) {
    const mark = markOf(state, state.turn)
    const tone = mark === 'X' ? 'x' : 'o'
    if (state.turn === seat) return { head: 'Your turn', below: `You are ${mark} · ${boardWords(state)}`, tone }
    const name = nameAt(state, state.turn)
    const gone = away.includes(state.seats[state.turn]?.player ?? '')
    const head = gone ? `${name} is away` : state.seats[state.turn]?.bot ? `${name} thinks` : `${name}’s turn`
    const below = gone ? 'The seat is kept for a while' : boardWords(state)
    return { head, below: seat === null ? `You are watching · ${below}` : below, tone }
  }
  return outcome(state, seat)
}

/** @param {State} state @param {SeatNumber | null} seat @returns {ReturnType<typeof headline>} */
export function outcome(state, seat) {
  const { result } = state
  if (!result || result.winner === null)
    return { head: 'A draw', below: 'The board is full, and nobody has a line.', tone: '' }
  const [winner, loser] = [nameAt(state, result.winner), nameAt(state, other(result.winner))]
  const lost = seat === other(result.winner)
  const how = {
    line: `${markOf(state, result.winner)} has ${state.line} in a row.`,
    full: '',
    resign: lost ? 'You resigned.' : `${loser} resigned.`,
    left: lost ? 'You left.' : `${loser === 'Somebody' ? 'The other player' : loser} left.`,
  }
  const head = seat === result.winner ? 'You win!' : `${winner} wins`
  return { head, below: how[result.by], tone: seat === result.winner ? 'good' : lost ? 'bad' : '' }
}

/**
 * What an event means to who hears the page; '' where it goes without saying.
 *
 * @param {GameEvent} event
 * @param {State} before
 * @param {State} after
 * @param {string | null} you
 */
export function spoken(event, before, after, you) {
  const yours = event.player === you
  const seat = seatOf(before, event.player) ?? seatOf(after, event.player)
  const name = yours ? 'You' : seat === null ? '' : nameAt(seatOf(before, event.player) === null ? after : before, seat)
  const mine = seatOf(after, you)
  switch (event.name) {
    case 'player_joined':
      return yours ? 'You have a seat.' : `${name} sat down.`
    case 'player_left':
      return yours ? '' : `${name} left.`
    case 'game_started': {
      const who = after.first === mine ? 'You are X and begin.' : `${nameAt(after, after.first ?? 0)} is X and begins.`
      return `The game begins: ${boardWords(after)}. ${who}`
    }
    case 'move_made': {
      const { x, y } = event.data
      const mark = before.turn === null ? '' : markOf(before, before.turn)
      const next = after.turn !== null && after.turn === mine ? ' Your turn.' : ''
      return `${name}: ${mark} at column ${x + 1}, row ${y + 1}.${next}`
    }
    case 'game_over': {
      const { head, below } = outcome(after, mine)
      return `${head.replace(/!$/, '')}. ${below}`
    }
    case 'rematch_asked':
      return yours ? '' : `${name} wants a rematch.`
    default:
      return ''
  }
}
