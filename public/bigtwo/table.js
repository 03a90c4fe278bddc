/**
 * What this page knows of its table: the game's lines go in, and everything that is shown is read from here. Holds no
 * picture and no clock of its own.
 */

/** @typedef {import('./legal.js').Play} Play */
/** @typedef {{ id: number, name: string, bot: boolean, away: boolean, cards: number, score: number }} Player */
/** @typedef {{ winner: number, left: number[], points: number[], scores: number[], ms: number }} Result */
/** @typedef {{ name: string, text: string, seat: number }} Said `seat` is -1 for who watches */
/** @typedef {{ t: string } & Record<string, any>} Line */

const CHAT_KEPT = 60
const NOBODY = () => /** @type {(Player | null)[]} */ ([null, null, null, null])

export class Table {
  /** This page's seat; null for who watches, undefined before the first line. @type {number | null | undefined} */
  you
  seats = NOBODY()
  /** @type {'waiting' | 'playing' | 'over'} */
  phase = 'waiting'
  /** Cards that each seat holds, also one that its player has left in the middle of a deal. */
  counts = [0, 0, 0, 0]
  deal = 0
  /** @type {string[]} */
  hand = []
  /** @type {number | null} */
  turn = null
  /** A turn's length, and when it ends by this page's clock. */
  ms = 30_000
  due = 0
  /** @type {Play | null} */
  trick = null
  passed = [false, false, false, false]
  /** @type {(Play | 'pass' | null)[]} */
  last = [null, null, null, null]
  opening = false
  /** @type {Result | null} */
  result = null
  /** When the next deal follows. */
  resultDue = 0
  /** When bots are asked for all free seats; 0 where that is not to come. */
  fillDue = 0
  /** @type {Said[]} */
  chat = []
  /** The lines that were heard, by type: for tests. @type {string[]} */
  log = []

  get playing() {
    return this.phase === 'playing'
  }

  get myTurn() {
    return this.playing && typeof this.you === 'number' && this.turn === this.you
  }

  /** @param {number | null | undefined} seat */
  name(seat) {
    return (typeof seat === 'number' && this.seats[seat]?.name) || 'Nobody'
  }

  /**
   * A pause after which no deal came, since a seat is free: the game says nothing then.
   *
   * @returns {boolean} whether that is so, and was not before
   */
  lapse() {
    if (this.phase !== 'over' || now() < this.resultDue + 500 || this.seats.every((player) => player)) return false
    this.phase = 'waiting'
    this.hand = []
    this.counts = [0, 0, 0, 0]
    clear(this)
    return true
  }

  /** @param {Line} line */
  hear(line) {
    this.log.push(line.t)
    if (this.log.length > 200) this.log.shift()
    const hear = HEAR[line.t]
    if (hear) hear(this, line)
    return hear !== undefined
  }
}

const now = () => performance.now()

/** @type {Record<string, (table: Table, line: any) => void>} */
const HEAR = {
  Table(table, line) {
    table.you = line.you
    table.phase = line.phase
    table.counts = line.counts ?? [0, 0, 0, 0]
    sit(table, line.seats)
    table.deal = line.deal
    table.hand = line.hand ?? []
    table.turn = line.phase === 'playing' ? (line.turn ?? null) : null
    table.ms = line.ms ?? table.ms
    table.due = now() + (line.left ?? 0)
    table.trick = line.trick ?? null
    table.passed = line.passed ?? [false, false, false, false]
    table.last = line.last ?? [null, null, null, null]
    table.opening = line.opening === true
    table.result = line.result ?? null
    table.resultDue = now() + (line.result ? (line.left ?? line.result.ms) : 0)
    table.fillDue = line.fill ? now() + line.fill : 0
  },
  Seats(table, { seats, fill }) {
    sit(table, seats)
    table.fillDue = fill ? now() + fill : 0
    if (typeof table.you === 'number' && !seats[table.you]) table.you = null
  },
  Deal(table, { deal, seats }) {
    table.deal = deal
    table.phase = 'playing'
    table.counts = [13, 13, 13, 13]
    sit(table, seats)
    table.hand = []
    table.result = null
    clear(table)
  },
  Hand(table, { cards }) {
    table.hand = cards
  },
  Turn(table, { seat, ms, trick, passed, opening }) {
    table.phase = 'playing'
    table.turn = seat
    table.ms = ms
    table.due = now() + ms
    table.trick = trick
    table.passed = passed
    table.opening = opening === true
  },
  Played(table, { seat, cards, left }) {
    const player = table.seats[seat]
    if (player) player.cards = left
    table.counts[seat] = left
    if (seat === table.you) table.hand = table.hand.filter((card) => !cards.includes(card))
    table.trick = { seat, cards }
    table.last[seat] = table.trick
    table.turn = null
  },
  Passed(table, { seat }) {
    table.passed[seat] = true
    table.last[seat] = 'pass'
    table.turn = null
  },
  Trick(table) {
    clear(table)
  },
  Over(table, line) {
    table.phase = 'over'
    table.turn = null
    table.result = line
    table.resultDue = now() + line.ms
    for (const [seat, player] of table.seats.entries()) if (player) player.score = line.scores[seat]
  },
  Chat(table, { id, name, text }) {
    table.chat.push({ name, text, seat: table.seats.findIndex((player) => player?.id === id) })
    if (table.chat.length > CHAT_KEPT) table.chat.shift()
  },
  Refused() {},
}

/** @param {Table} table @param {(Player | null)[]} seats */
function sit(table, seats) {
  table.seats = seats
  for (const [seat, player] of seats.entries()) if (player) table.counts[seat] = player.cards
}

/** @param {Table} table */
function clear(table) {
  table.turn = null
  table.trick = null
  table.passed = [false, false, false, false]
  table.last = [null, null, null, null]
}
