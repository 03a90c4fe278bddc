import { el } from '/shared/dom.js'
import { toast } from '/shared/toast.js'
import { Board } from './board.js'
import { cellGrid } from './cells.js'
import { Confetti } from './confetti.js'
import { markOf } from './fold.js'
import { Motion } from './motion.js'
import { panel } from './panel.js'
import { playerCards } from './players.js'
import { Record } from './record.js'
import { replayBar } from './replay.js'
import { chooseBoard } from './setup.js'
import { createStage } from './stage.js'
import { PAPER, SLATE } from './themes.js'
import { voice } from './voice.js'
import { spoken } from './words.js'

/** @typedef {import('./fold.js').State} State */
/** @typedef {{ room: () => string, send: (line: object) => boolean, rename: () => void, renames: () => boolean }} Context */

/**
 * The table: the sheet, the players and what they can do. It hears what the game says, and says what the player does.
 *
 * @param {HTMLElement} host
 * @param {Context} context
 */
export async function createTable(host, { room, send, rename, renames }) {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  const theme = () => (dark.matches ? SLATE : PAPER)
  const cells = cellGrid({ choose, point })
  const sheet = el('div', { class: 'sheet' }, cells.element)
  const players = playerCards({ rename })
  const speak = voice()
  const replay = replayBar({ show: showReplay, close: () => show() })
  const actions = panel({
    room,
    invite: () => ask('invite_bot'),
    setup: () => chooseBoard(record.state, (board) => ask('game_init', board)),
    sit: () => ask('sit'),
    stand: () => ask('stand'),
    resign: () => ask('resign'),
    rematch: () => ask('rematch'),
    replay: () => replay.start(played()),
  })
  const table = el(
    'div',
    { class: 'table' },
    players.element,
    el('div', { class: 'sheet-space' }, sheet),
    el('div', { class: 'side' }, actions.element, replay.element, players.others),
  )
  host.append(table, speak.element)

  const stage = await createStage(host, { table, sheet })
  const motion = new Motion({ wake: stage.wake, calm: () => still.matches })
  const board = new Board({ motion, theme, wake: stage.wake })
  const confetti = new Confetti(stage.air)
  stage.paper.addChild(board.root)
  stage.onStep((seconds) => {
    const moving = motion.step(seconds)
    return confetti.step(seconds, stage.size.height) || moving
  })
  stage.onMove(() => board.lay(stage.place()))
  dark.addEventListener('change', () => board.repaint())

  let record = new Record()
  let connected = false
  let refs = 0
  /** The move that is on its way to the game. */
  let sent = /** @type {{ x: number, y: number, ref: number } | undefined} */ (undefined)
  let pointed = /** @type {{ x: number, y: number } | undefined} */ (undefined)
  /** What is on the sheet: a table as it is, or as it was. */
  let shown = record.state

  const myTurn = () => {
    const { state, seat } = record
    return connected && !replay.open && seat !== null && state.phase === 'playing' && state.turn === seat && !sent
  }

  /** The games that there is something to see of. */
  const played = () => record.finished().filter(({ state }) => state.moves.length > 0)

  /** @param {string} type @param {object} [data] @returns {number} what the answer refers to; 0 where it was not sent */
  function ask(type, data = {}) {
    const ref = ++refs
    if (connected && send({ type, data, ref })) return ref
    toast('There is no connection right now.')
    return 0
  }

  /** @param {number} x @param {number} y */
  function choose(x, y) {
    if (!myTurn()) {
      if (record.seat !== null && !replay.open && record.state.phase === 'playing' && !sent && connected)
        toast('It is not your turn yet.')
      return
    }
    if (record.state.cells[y * record.state.side + x] !== '.') return
    const ref = ask('move', { x, y })
    if (ref) sent = { x, y, ref }
    show()
  }

  /** @param {{ x: number, y: number } | undefined} at */
  function point(at) {
    pointed = at
    ghost()
  }

  function ghost() {
    const { state, seat } = record
    const at = sent ?? pointed
    const free = at && state.cells[at.y * state.side + at.x] === '.'
    const kind = seat === null ? 'X' : markOf(state, seat)
    board.hover(free && (sent || myTurn()) ? { x: at.x, y: at.y, kind, sent: sent !== undefined } : undefined)
  }

  /** @param {boolean} [lively] */
  function show(lively = true) {
    const { state, seat, you, presence, set } = record
    const ended = record.finished().at(-1)
    // Who has played is to be read when both have left, too.
    const seats = state.phase === 'over' && ended ? ended.state.seats : state.seats
    const live = { you, seat, away: presence.away, connected, set, replays: played().length > 0, seats }
    actions.element.hidden = replay.open
    table.dataset.phase = state.phase
    if (!replay.open) {
      paint(state, record.key(), lively)
      players.show(state, {
        you,
        away: presence.away,
        watching: presence.watching,
        renames: renames() && state.phase !== 'playing',
      })
      actions.show(state, live)
    }
    cells.show(shown, myTurn())
    ghost()
  }

  /** @param {State} state @param {string} game @param {boolean} lively */
  function paint(state, game, lively) {
    shown = state
    board.show(state, game, lively)
  }

  /** @param {import('./record.js').Finished} finished @param {number} moves */
  function showReplay(finished, moves) {
    const state = record.at(finished, moves)
    paint(state, record.key(finished), true)
    players.show(state, { you: record.you, away: [], watching: 0, renames: false })
    show()
  }

  /** @param {any} line */
  function hear(line) {
    if (line.type === 'welcome') {
      // The games that it goes through may be of a room that is no more.
      replay.stop()
      const known = record.state.seq
      record.welcome(line)
      sent = undefined
      show(known === 0 || record.state.seq > known)
    } else if (line.type === 'events') {
      for (const event of line.events) happen(event)
    } else if (line.type === 'event') happen(line)
    else if (line.type === 'presence') {
      record.presence = line
      show()
    } else if (line.type === 'answer') answered(line)
  }

  /** @param {import('./fold.js').GameEvent} event */
  function happen(event) {
    const before = record.state
    const news = record.hear(event)
    if (news === 'gap') send({ type: 'hello', data: { have: before.seq } })
    if (news !== 'new') return
    const { state, seat, you } = record
    if (event.name === 'move_made' && event.player === you) sent = undefined
    if (event.name === 'game_started' || event.name === 'game_over') sent = undefined
    if (event.name === 'game_started' && replay.open && seat !== null) {
      replay.stop()
      toast('The next game has begun.')
    }
    speak.say(spoken(event, before, state, you))
    show()
    if (event.name === 'game_over' && !still.matches && !replay.open && state.result?.winner != null)
      if (seat === null || seat === state.result.winner) celebrate()
  }

  function celebrate() {
    confetti.burst(stage.place(), theme().confetti)
    stage.wake()
  }

  /** @param {{ ref: unknown, ok: boolean, error: string | null }} line */
  function answered({ ref, ok, error }) {
    if (sent?.ref === ref && !ok) sent = undefined
    if (!ok) toast(`${error}.`)
    show()
  }

  return {
    hear,
    show,
    /** Another room: nothing is known of it yet. */
    clear() {
      replay.stop()
      record = new Record()
      sent = undefined
      shown = record.state
      show(false)
    },
    /** @param {boolean} now */
    connect(now) {
      if (connected && !now) speak.say('The connection is lost.')
      connected = now
      sent = now ? sent : undefined
      show()
    },
    ask,
    /** A copy of what is to be seen. */
    look: () => ({
      you: record.you,
      seat: record.seat,
      state: record.state,
      shown,
      events: record.events,
      presence: record.presence,
      replay: replay.open ? replay.at : null,
      myTurn: myTurn(),
      drawn: board.complete,
      spots: board.spots,
      moving: stage.moving,
      announced: speak.said,
    }),
  }
}
