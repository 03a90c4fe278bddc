/** What an event makes of a state: games/xo/fold.py once more, in the words of a page. A test holds the two together. */

/** @typedef {0 | 1} SeatNumber */
/** @typedef {{ player: string, name: string, bot: boolean }} Seat */
/** @typedef {{ winner: SeatNumber | null, by: 'line' | 'full' | 'resign' | 'left', cells: [x: number, y: number][] }} Result */
/**
 * @typedef {{
 *   seq: number, game: number, side: number, line: number,
 *   phase: 'waiting' | 'playing' | 'over',
 *   seats: [Seat | null, Seat | null],
 *   score: [number, number, number],
 *   first: SeatNumber | null, turn: SeatNumber | null,
 *   cells: string, moves: [x: number, y: number][],
 *   result: Result | null, rematch: [boolean, boolean],
 * }} State
 */
/** @typedef {{ seq: number, name: string, player: string | null, at: number, data: any }} GameEvent */

/** @type {State} */
export const START = {
  seq: 0,
  game: 0,
  side: 6,
  line: 4,
  phase: 'waiting',
  seats: [null, null],
  score: [0, 0, 0],
  first: null,
  turn: null,
  cells: '.'.repeat(36),
  moves: [],
  result: null,
  rematch: [false, false],
}

/** @param {State} state @param {string | null} player @returns {SeatNumber | null} null for who watches */
export function seatOf({ seats }, player) {
  if (player !== null && seats[0]?.player === player) return 0
  return player !== null && seats[1]?.player === player ? 1 : null
}

/** @param {SeatNumber} seat @returns {SeatNumber} */
export const other = (seat) => (seat === 0 ? 1 : 0)

/** The mark of a seat in a game that has begun. @param {State} state @param {SeatNumber} seat @returns {'X' | 'O'} */
export const markOf = ({ first }, seat) => (seat === first ? 'X' : 'O')

/**
 * @template T
 * @param {[T, T]} pair @param {SeatNumber | null} at @param {T} value
 * @returns {[T, T]}
 */
const replaced = ([a, b], at, value) => (at === 0 ? [value, b] : at === 1 ? [a, value] : [a, b])

/** @type {Record<string, (state: State, event: GameEvent) => Partial<State>>} */
const CHANGES = {
  game_created: (_state, { data: { game, side, line, seats, score, first } }) => {
    return { ...START, game, side, line, seats, score, first, cells: '.'.repeat(side * side) }
  },
  player_joined: ({ seats }, { player, data: { seat, name, bot } }) => ({
    seats: replaced(seats, seat, { player: `${player}`, name, bot }),
    score: [0, 0, 0],
    first: null,
  }),
  player_left: ({ seats, rematch }, { data: { seat } }) => ({
    seats: replaced(seats, seat, null),
    rematch: replaced(rematch, seat, false),
  }),
  player_renamed: (state, { player, data: { name } }) => {
    const seat = seatOf(state, player)
    const taken = seat === null ? null : state.seats[seat]
    return { seats: replaced(state.seats, seat, taken && { ...taken, name }) }
  },
  game_started: (_state, { data: { first } }) => ({ phase: 'playing', first, turn: first }),
  move_made: ({ cells, side, moves, turn, first }, { data: { x, y } }) => {
    const at = y * side + x
    return {
      cells: cells.slice(0, at) + (turn === first ? 'X' : 'O') + cells.slice(at + 1),
      moves: [...moves, [x, y]],
      turn: turn === 0 ? 1 : 0,
    }
  },
  game_over: ({ score: [a, b, drawn] }, { data }) => ({
    phase: 'over',
    turn: null,
    result: data,
    score: [a + Number(data.winner === 0), b + Number(data.winner === 1), drawn + Number(data.winner === null)],
  }),
  rematch_asked: (state, { player }) => ({ rematch: replaced(state.rematch, seatOf(state, player), true) }),
}

/** A new state; the old one stays as it is. @param {State} state @param {GameEvent} event @returns {State} */
export function fold(state, event) {
  return { ...state, ...CHANGES[event.name]?.(state, event), seq: event.seq }
}
