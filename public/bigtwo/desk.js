import { el, icon } from '/shared/dom.js'
import { face, facts } from './chairs.js'
import { offers, playWords, reason } from './legal.js'

/** @typedef {import('./table.js').Table} Table */
/** @typedef {import('./legal.js').Offer} Offer */
/** @typedef {{ connected: boolean, sent: boolean, chosen: string[] }} Moment `sent`: a move is on its way and not answered */
/** @typedef {{ text: string, play: boolean, pass: boolean, tone: 'calm' | 'mine' | 'wrong' | 'good' }} Advice */

/** @type {Record<string, string>} */
const SHORT = { 'full house': 'Full house', 'four of a kind': 'Four', 'straight flush': 'Str. flush' }

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1)

/**
 * What the player can do now, and in words why not more. Pure.
 *
 * @param {Table} table
 * @param {Moment} moment
 * @returns {Advice}
 */
export function advise(table, { connected, sent, chosen }) {
  const no = { play: false, pass: false, tone: /** @type {const} */ ('calm') }
  if (!connected) return { ...no, text: 'Not connected: nothing can be played now.' }
  if (table.you === undefined) return { ...no, text: 'Coming to the table…' }
  if (table.you === null) return { ...no, text: watching(table) }
  if (table.phase === 'waiting') return { ...no, text: 'The cards are dealt when all four seats are taken.' }
  if (table.phase === 'over') return { ...no, text: 'The deal is over.' }
  if (!table.myTurn) {
    const out = table.passed[table.you] ? 'You passed. ' : ''
    return { ...no, text: table.turn === null ? out.trim() : `${out}It is ${table.name(table.turn)}’s turn.` }
  }
  if (sent) return { ...no, text: 'Played…', tone: 'mine' }
  const pass = table.trick !== null
  if (chosen.length > 0) {
    const why = reason(chosen, table)
    if (why) return { text: why, play: false, pass, tone: 'wrong' }
    return { text: `${capital(playWords(chosen))}.`, play: true, pass, tone: 'good' }
  }
  return { text: task(table), play: false, pass, tone: 'mine' }
}

/** @param {Table} table */
function watching(table) {
  const free = table.seats.some((player) => !player || player.bot)
  return `You are watching. ${free ? 'A seat is yours at the next deal.' : 'All seats are taken.'}`
}

/** @param {Table} table */
function task(table) {
  if (!table.trick)
    return table.opening ? 'You open the deal: play the 3♦, alone or with others.' : 'You lead: play what you like.'
  return `Your turn: beat ${playWords(table.trick.cards)}, or pass.`
}

/**
 * The player's own place: name and clock, what to do, the plays on offer, and the buttons.
 *
 * @param {{
 *   play: () => void,
 *   pass: () => void,
 *   hint: () => void,
 *   sort: () => void,
 *   rename: () => void,
 *   choose: (cards: string[]) => void,
 * }} act
 */
export function desk(act) {
  const picture = face()
  const name = el('span', { class: 'me-name' })
  const info = el('span', { class: 'chair-info' })
  const me = el(
    'button',
    { class: 'me', type: 'button', 'aria-haspopup': 'dialog', onclick: act.rename },
    picture.element,
    el(
      'span',
      { class: 'me-text' },
      el('span', { class: 'pp-hidden' }, 'You are '),
      el('span', { class: 'me-row' }, name, icon('pencil')),
      info,
    ),
  )
  const status = el('p', { class: 'status', id: 'status' })
  const chips = el('div', { class: 'chips', role: 'group', 'aria-label': 'Plays you can make' })
  const element = el('div', { class: 'desk' }, me, status, chips)

  const play = button('Play', 'Enter', act.play, 'pp-primary act-play')
  const pass = button('Pass', 'p', act.pass, 'act-pass')
  const hint = button('Hint', 'h', act.hint, 'act-hint', icon('bulb'))
  const sort = button('Sort', 's', act.sort, 'act-sort', icon('sort'))
  const buttons = el('div', { class: 'acts', role: 'group', 'aria-label': 'Your move' }, hint, pass, play)

  /** @type {{ key: string, list: Offer[] }} */
  let offered = { key: '', list: [] }

  /** @param {Table} table */
  function offersOf(table) {
    if (!table.myTurn) return []
    const key = JSON.stringify([table.hand, table.trick, table.opening])
    if (key !== offered.key) offered = { key, list: offers(table) }
    return offered.list
  }

  /** @param {Table} table @param {Moment} moment @param {'rank' | 'suit'} order */
  function show(table, moment, order) {
    const advice = advise(table, moment)
    const list = moment.connected && !moment.sent ? offersOf(table) : []
    const nothing = advice.pass && moment.chosen.length === 0 && list.length === 0
    const text = nothing ? 'Nothing that you hold beats it: pass.' : advice.text
    if (status.textContent !== text) status.textContent = text
    status.dataset.tone = advice.tone
    able(play, advice.play)
    able(pass, advice.pass)
    able(hint, list.length > 0)
    pass.classList.toggle('is-wanted', nothing)
    sort.setAttribute('aria-label', order === 'rank' ? 'Sort by suit' : 'Sort by rank')
    sort.disabled = table.hand.length < 2
    const seated = typeof table.you === 'number'
    me.hidden = !seated
    for (const node of [buttons, sort]) node.hidden = !seated || table.phase === 'waiting'
    status.hidden = !text || (seated && table.phase !== 'playing')
    element.classList.toggle('is-turn', table.myTurn)
    if (seated && typeof table.you === 'number') {
      picture.show(table, table.you)
      name.textContent = table.name(table.you)
      info.replaceChildren(...facts(table, table.you))
    }
    fillChips(list, moment.chosen)
    return { ...advice, text, offers: list }
  }

  /** @param {Offer[]} list @param {string[]} chosen */
  function fillChips(list, chosen) {
    const focus = document.activeElement?.getAttribute('data-kind')
    const key = chosen.join()
    chips.replaceChildren(
      ...list.map(({ kind, plays }) => {
        const at = plays.findIndex((cards) => cards.join() === key)
        return el(
          'button',
          {
            class: 'chip',
            type: 'button',
            'data-kind': kind,
            'aria-pressed': at >= 0 ? 'true' : 'false',
            'aria-label': `${capital(kind)}, ${at >= 0 ? `${at + 1} of ` : ''}${plays.length}`,
            onclick: () => act.choose(plays[(at + 1) % plays.length] ?? []),
          },
          SHORT[kind] ?? capital(kind),
          el('span', { class: 'chip-count' }, at >= 0 ? `${at + 1}/${plays.length}` : `${plays.length}`),
        )
      }),
    )
    const again = focus && chips.querySelector(`[data-kind="${focus}"]`)
    if (again instanceof HTMLElement) again.focus()
    chips.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }

  /** What is said there is meant. */
  function nudge() {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const steps = [0, -7, 6, -4, 3, 0].map((x) => ({ translate: `${x}px` }))
    status.animate(steps, { duration: 320, easing: 'ease-out' })
  }

  return { element, buttons, sort, show, nudge }
}

/**
 * A button that can't be used stays where the keyboard finds it, and says why.
 *
 * @param {string} label
 * @param {string} key
 * @param {() => void} press
 * @param {string} look
 * @param {...Node} before
 */
function button(label, key, press, look, ...before) {
  return el(
    'button',
    {
      class: `pp-button ${look}`,
      type: 'button',
      'aria-keyshortcuts': key,
      'aria-describedby': 'status',
      onclick: press,
    },
    ...before,
    el('span', { class: 'act-label' }, label),
  )
}

/** @param {HTMLElement} node @param {boolean} can */
function able(node, can) {
  node.setAttribute('aria-disabled', can ? 'false' : 'true')
}
