import { el, icon } from '/shared/dom.js'
import { PLACES } from './layout.js'
import { miniCards } from './suits.js'
import { counted, signed } from './words.js'

/** @typedef {import('./table.js').Table} Table */
/** @typedef {import('./layout.js').Place} Place */

const SVG = 'http://www.w3.org/2000/svg'
const SAYS_FOR = 6_000

/** A face in a ring that runs out with the time of its turn. */
export function face() {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 64 64')
  svg.setAttribute('class', 'ring')
  svg.setAttribute('aria-hidden', 'true')
  const [track, time] = ['ring-track', 'ring-time'].map((name) => {
    const circle = document.createElementNS(SVG, 'circle')
    for (const [key, value] of Object.entries({ cx: 32, cy: 32, r: 29, pathLength: 1, class: name })) {
      circle.setAttribute(key, `${value}`)
    }
    return circle
  })
  svg.append(track ?? '', time ?? '')
  const disc = el('span', { class: 'disc' })
  const count = el('span', { class: 'count' })
  const element = el('span', { class: 'face' }, disc, svg, count)
  let due = -1
  /** @type {Animation[]} */
  let running = []

  /** @param {Table} table @param {number} seat */
  function show(table, seat) {
    const player = table.seats[seat]
    element.dataset.seat = `${seat}`
    element.classList.toggle('is-bot', player?.bot === true)
    disc.replaceChildren(
      player ? (player.bot ? icon('robot') : [...player.name][0]?.toUpperCase() || '?') : icon('chair'),
    )
    const cards = table.phase === 'waiting' ? 0 : (table.counts[seat] ?? 0)
    count.textContent = cards ? `${cards}` : ''
    count.hidden = !cards
    count.classList.toggle('is-low', cards <= 3)
    clock(table.playing && table.turn === seat ? table.due : 0, table.ms)
  }

  /** @param {number} end when the turn is over; 0 for no turn @param {number} ms of a whole turn */
  function clock(end, ms) {
    if (end === due) return
    due = end
    for (const animation of running) animation.cancel()
    running = []
    element.classList.toggle('is-turn', end > 0)
    if (!end || !time) return
    const left = Math.max(0, end - performance.now())
    const from = 1 - left / ms
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    const drain = time.animate([{ strokeDashoffset: from }, { strokeDashoffset: 1 }], {
      duration: left,
      fill: 'forwards',
      easing: calm ? `steps(${Math.max(1, Math.round(left / 1000))})` : 'linear',
    })
    const [soon, now] = [ms / 2, ms / 6].map((at) => Math.max(0, left - at) / Math.max(1, left))
    const colors = time.animate(
      [
        { stroke: 'var(--ring-calm)', offset: 0 },
        { stroke: 'var(--ring-calm)', offset: soon ?? 0 },
        { stroke: 'var(--ring-soon)', offset: now ?? 0 },
        { stroke: 'var(--ring-now)', offset: 1 },
      ],
      { duration: left, fill: 'forwards' },
    )
    running = [drain, colors]
  }

  return { element, show }
}

/**
 * Who sits around the table, with what they played last. The player's own seat is not among them: see desk.js.
 *
 * @param {HTMLElement} host
 */
export function chairs(host) {
  const all = PLACES.map((place) => chair(place))
  host.append(...all.map(({ element }) => element))

  /** @param {Table} table @param {import('./scene.js').Scene} scene */
  function show(table, scene) {
    for (let seat = 0; seat < 4; seat++) {
      const place = scene.place(seat)
      all[PLACES.indexOf(place)]?.show(table, seat, scene.layout)
    }
  }

  /** @param {Place} place @param {string} text */
  function say(place, text) {
    all[PLACES.indexOf(place)]?.say(text)
  }
  return { show, say }
}

/** @param {Place} place */
function chair(place) {
  const picture = face()
  const name = el('span', { class: 'chair-name' })
  const info = el('span', { class: 'chair-info' })
  const last = el('div', { class: 'chair-last' })
  const words = el('span', {})
  const bubble = el('div', { class: 'bubble', hidden: true }, words)
  const element = el(
    'section',
    { class: 'chair', 'data-place': place },
    picture.element,
    el('div', { class: 'chair-text' }, name, info),
    last,
    bubble,
  )
  let shown = ''
  let quiet = 0

  /** @param {Table} table @param {number} seat @param {import('./layout.js').Layout} layout */
  function show(table, seat, layout) {
    const player = table.seats[seat]
    const { x, y } = layout.chairs[place]
    element.hidden = seat === table.you || table.you === undefined
    element.style.setProperty('--x', `${x}px`)
    element.style.setProperty('--y', `${y}px`)
    element.style.setProperty('--face', `${layout.face}px`)
    element.style.setProperty('--below', `${layout.fan.radius}px`)
    element.classList.toggle('is-away', player?.away === true)
    element.classList.toggle('is-empty', !player)
    element.classList.toggle('is-turn', table.playing && table.turn === seat)
    element.classList.toggle('is-best', table.trick?.seat === seat)
    element.classList.toggle('is-out', table.playing && table.passed[seat] === true)
    picture.show(table, seat)
    name.textContent = player?.name ?? 'Free seat'
    info.replaceChildren(...facts(table, seat))
    const cards = table.phase === 'waiting' ? 0 : (table.counts[seat] ?? 0)
    element.setAttribute('aria-label', `${player?.name ?? 'Free seat'}${cards ? `, ${counted(cards, 'card')}` : ''}`)
    const play = table.playing || table.phase === 'over' ? table.last[seat] : null
    const key = JSON.stringify(play)
    if (key === shown) return
    shown = key ?? ''
    if (!play) last.replaceChildren()
    else last.replaceChildren(play === 'pass' ? el('span', { class: 'passed' }, 'Pass') : miniCards(play.cards))
  }

  /** @param {string} text */
  function say(text) {
    words.textContent = text
    bubble.hidden = false
    clearTimeout(quiet)
    quiet = window.setTimeout(() => {
      bubble.hidden = true
    }, SAYS_FOR)
  }

  return { element, show, say }
}

/** What is said of a player beside the name. @param {Table} table @param {number} seat */
export function facts(table, seat) {
  const player = table.seats[seat]
  if (!player) return [el('span', {}, table.playing ? 'played by the clock' : 'waiting…')]
  return [
    ...(player.bot ? [el('span', { class: 'mark' }, 'bot')] : []),
    ...(player.away ? [el('span', { class: 'mark is-warn' }, 'away')] : []),
    el('span', { class: 'score' }, signed(player.score), el('span', { class: 'pp-hidden' }, ' points')),
  ]
}
