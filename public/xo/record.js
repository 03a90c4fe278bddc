import { fold, START, seatOf } from './fold.js'

/** @typedef {import('./fold.js').State} State */
/** @typedef {import('./fold.js').GameEvent} GameEvent */
/** @typedef {{ game: number, from: number, to: number, state: State }} Finished from its first event to the one that ended it, by their place in the record */

/** Everything that the page knows of a room: its events, and what follows from them. */
export class Record {
  /** @type {GameEvent[]} */
  events = []
  /** @type {State} */
  state = START
  /** @type {string | null} */
  you = null
  /** A lobby has chosen the board. */
  set = false
  presence = { here: /** @type {string[]} */ ([]), away: /** @type {string[]} */ ([]), watching: 0 }
  welcomed = false
  #finished = { seq: 0, games: /** @type {Finished[]} */ ([]) }

  get seat() {
    return seatOf(this.state, this.you)
  }

  /** @param {{ you: string, events: GameEvent[], set: boolean }} line */
  welcome({ you, events, set }) {
    this.you = you
    this.set = set
    this.events = events
    this.state = events.reduce(fold, START)
    this.#finished = { seq: 0, games: [] }
    this.welcomed = true
  }

  /**
   * @param {GameEvent} event
   * @returns {'new' | 'old' | 'gap'} `gap`: events before it are missing
   */
  hear(event) {
    if (!this.welcomed || event.seq <= this.state.seq) return 'old'
    if (event.seq > this.state.seq + 1) return 'gap'
    this.events.push(event)
    this.state = fold(this.state, event)
    return 'new'
  }

  /** The games that are over, in their order. @returns {Finished[]} */
  finished() {
    const { seq } = this.state
    if (this.#finished.seq !== seq) this.#finished = { seq, games: this.#find() }
    return this.#finished.games
  }

  #find() {
    /** @type {Finished[]} */
    const games = []
    let state = START
    let from = 0
    this.events.forEach((event, i) => {
      if (event.name === 'game_created') from = i
      state = fold(state, event)
      if (event.name === 'game_over') games.push({ game: state.game, from, to: i, state })
    })
    return games
  }

  /**
   * What tells a game from all others. Numbers begin again when the game's program does, the time does not.
   *
   * @param {Finished} [finished] the current game where it is left out
   */
  key(finished) {
    const created = finished ? this.events[finished.from] : this.events.findLast(({ name }) => name === 'game_created')
    return created ? `${created.at}/${created.seq}` : 'none'
  }

  /** The state of a finished game after so many of its moves; after all of them it is over. @param {Finished} finished @param {number} moves */
  at({ from, to, state: end }, moves) {
    if (moves >= end.moves.length) return end
    let state = START
    for (const event of this.events.slice(from, to)) {
      if (event.name === 'move_made' && state.moves.length === moves) break
      state = fold(state, event)
    }
    return state
  }
}
