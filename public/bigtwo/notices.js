import { el, icon } from '/shared/dom.js'
import { shareButton } from '/shared/share.js'
import { playWords } from './legal.js'
import { counted, signed } from './words.js'

/** @typedef {import('./table.js').Table} Table */

/** @param {number} due */
const secondsTo = (due) => Math.max(0, Math.ceil((due - performance.now()) / 1000))

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1)

/**
 * What lies in the middle of the table beside cards: an invitation while seats are free, whose play is to beat, and the
 * points when a deal is over.
 *
 * @param {HTMLElement} host
 * @param {{ title: string, room: () => string }} share
 */
export function notices(host, share) {
  const caption = el('p', { class: 'caption' })
  const places = el('ul', { class: 'places' })
  const soon = el('p', { class: 'notice-soon' })
  const waiting = el(
    'section',
    { class: 'notice waiting', 'aria-label': 'Waiting for players' },
    el('h2', {}, 'Waiting for players'),
    places,
    el('p', { class: 'notice-text' }, 'Send the link to friends: it brings them to this table.'),
    shareButton({ ...share, words: 'Invite friends' }),
    soon,
  )
  const title = el('h2', {})
  const points = el('ol', { class: 'points' })
  const next = el('p', { class: 'notice-soon' })
  const result = el('section', { class: 'notice result', 'aria-label': 'The deal is over' }, title, points, next)
  host.append(caption, waiting, result)
  /** @type {Table | undefined} */
  let shown

  /** @param {Table} table @param {import('./layout.js').Layout} layout */
  function show(table, { pile, notice }) {
    shown = table
    host.style.setProperty('--pile-x', `${pile.x}px`)
    host.style.setProperty('--pile-y', `${pile.y}px`)
    host.style.setProperty('--pile-below', `${pile.y + pile.width * 0.71 + 14}px`)
    host.style.setProperty(
      '--notice-y',
      `${table.phase === 'waiting' ? notice.waiting : table.hand.length > 0 ? notice.over : notice.won}px`,
    )
    const seen = table.you !== undefined
    waiting.hidden = !seen || table.phase !== 'waiting'
    result.hidden = !seen || table.phase !== 'over' || !table.result
    caption.hidden = !seen || !table.playing
    caption.textContent = table.playing ? captionOf(table) : ''
    if (!waiting.hidden) places.replaceChildren(...table.seats.map((player, seat) => placeOf(player, seat, table.you)))
    if (!result.hidden) showResult(table)
    tick()
  }

  /** @param {Table} table */
  function showResult({ result, seats, you }) {
    if (!result) return
    const mine = result.winner === you
    title.replaceChildren(
      icon('crown'),
      mine ? 'You win the deal!' : `${seats[result.winner]?.name ?? 'Nobody'} wins the deal`,
    )
    const order = [0, 1, 2, 3].sort((a, b) => (result.points[b] ?? 0) - (result.points[a] ?? 0))
    points.replaceChildren(
      ...order.map((seat) => {
        const [gain, left] = [result.points[seat] ?? 0, result.left[seat] ?? 0]
        return el(
          'li',
          { 'aria-current': seat === you ? 'true' : undefined },
          el('span', { class: 'dot', 'data-seat': seat }),
          el('span', { class: 'points-name' }, el('span', {}, seats[seat]?.name ?? 'Free seat')),
          el('span', { class: 'points-left' }, left ? counted(left, 'card') : 'out'),
          el('b', { class: gain > 0 ? 'points-gain is-good' : 'points-gain' }, signed(gain)),
          el(
            'span',
            { class: 'points-sum' },
            el('span', { class: 'pp-hidden' }, 'now '),
            signed(result.scores[seat] ?? 0),
          ),
        )
      }),
    )
  }

  function tick() {
    if (!shown) return
    if (!result.hidden) {
      const left = secondsTo(shown.resultDue)
      put(next, left ? `Next deal in ${left} s` : 'Dealing…')
    }
    if (!waiting.hidden) {
      const [free, left] = [shown.seats.filter((player) => !player).length, secondsTo(shown.fillDue)]
      if (!free) put(soon, 'All here: the cards are coming…')
      else if (shown.fillDue && left) put(soon, `Bots take the free seats in ${left} s`)
      else put(soon, 'Bots take seats that stay free for a while.')
    }
  }
  setInterval(tick, 250)

  return { show }
}

/** @param {HTMLElement} node @param {string} text */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/** @param {Table} table */
function captionOf(table) {
  if (table.trick) {
    const who = table.trick.seat === table.you ? 'you' : table.name(table.trick.seat)
    return `${capital(playWords(table.trick.cards).replace(/^an? /, ''))} · ${who}`
  }
  if (table.turn === null) return ''
  return table.myTurn ? '' : `${table.name(table.turn)} leads`
}

/** @param {import('./table.js').Player | null} player @param {number} seat @param {number | null | undefined} you */
function placeOf(player, seat, you) {
  return el(
    'li',
    { class: player ? 'is-taken' : '' },
    el('span', { class: 'dot', 'data-seat': seat }),
    el('span', { class: 'place-name' }, player?.name ?? 'Free seat'),
    ...(seat === you ? [el('span', {}, ' (you)')] : []),
  )
}
