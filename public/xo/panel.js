import { el, icon } from '/shared/dom.js'
import { shareButton } from '/shared/share.js'
import { headline } from './words.js'

/** @typedef {import('./fold.js').State} State */
/**
 * @typedef {{
 *   invite: () => void, setup: () => void, sit: () => void, stand: () => void, resign: () => void, rematch: () => void,
 *   replay: () => void, room: () => string,
 * }} Acts
 */
/** @typedef {{ you: string | null, seat: 0 | 1 | null, away: string[], connected: boolean, set: boolean, replays: boolean, seats: State['seats'] }} Live `seats`: who has played, when the game is over */

/**
 * What is going on, in words, and what the player can do about it.
 *
 * @param {Acts} act
 */
export function panel(act) {
  const head = el('h2', { class: 'head' })
  const below = el('p', { class: 'below' })
  const buttons = {
    share: shareButton({ title: 'XO', room: act.room, words: 'Invite a friend' }),
    bot: button('robot', 'Play a bot', act.invite),
    setup: button('grid', 'Board', act.setup),
    sit: button('', 'Take the seat', act.sit, true),
    rematch: button('again', 'Rematch', act.rematch, true),
    replay: button('play', 'Replay', act.replay),
    resign: button('flag', 'Resign', askResign),
    stand: button('eye', 'Just watch', act.stand),
  }
  const acts = el('div', { class: 'acts' }, ...Object.values(buttons))
  const element = el(
    'section',
    { class: 'panel', 'aria-label': 'Game' },
    el('div', { class: 'say' }, head, below),
    acts,
  )
  let sure = 0

  /** Once to ask, once more to do it. */
  function askResign() {
    clearTimeout(sure)
    if (buttons.resign.classList.toggle('is-sure')) {
      label(buttons.resign, 'Really resign?')
      sure = window.setTimeout(unsure, 3000)
    } else {
      unsure()
      act.resign()
    }
  }

  function unsure() {
    clearTimeout(sure)
    buttons.resign.classList.remove('is-sure')
    label(buttons.resign, 'Resign')
  }

  return {
    element,
    /** @param {State} state @param {Live} live */
    show(state, { you, seat, away, connected, set, replays, seats: players }) {
      const words = headline({ ...state, seats: players }, you, away)
      if (head.textContent !== words.head) head.textContent = words.head
      if (below.textContent !== words.below) below.textContent = words.below
      element.dataset.tone = words.tone
      const { phase, seats } = state
      const other = seat === null ? null : seats[seat === 0 ? 1 : 0]
      const free = seats.includes(null) || (phase !== 'playing' && seats.some((taken) => taken?.bot))
      const seated = seat !== null
      const waiting = phase === 'waiting' && seated
      const over = phase === 'over'
      const can = {
        share: waiting,
        bot: waiting,
        setup: !set && (waiting || (over && seated && (other === null || other.bot))),
        sit: !seated && free && phase !== 'playing',
        rematch: over && seated,
        replay: replays && phase !== 'playing',
        resign: phase === 'playing' && seated,
        stand: waiting,
      }
      for (const [name, shown] of Object.entries(can)) {
        const node = buttons[/** @type {keyof typeof buttons} */ (name)]
        node.hidden = !shown
        node.disabled = !connected && name !== 'share' && name !== 'replay'
      }
      if (phase !== 'playing') unsure()
      const asked = seat !== null && state.rematch[seat] === true
      const wanted = seat !== null && state.rematch[seat === 0 ? 1 : 0] === true
      label(
        buttons.rematch,
        other === null ? 'New game' : asked ? `Waiting for ${other.name}…` : wanted ? 'Accept the rematch' : 'Rematch',
      )
      buttons.rematch.disabled ||= asked && other !== null
      buttons.rematch.classList.toggle('is-wanted', wanted && !asked)
      acts.hidden = Object.values(can).every((shown) => !shown)
    },
  }
}

/** @param {import('/shared/dom.js').IconName | ''} name @param {string} words @param {() => void} act @param {boolean} [primary] */
function button(name, words, act, primary = false) {
  return el(
    'button',
    { class: `pp-button act${primary ? ' pp-primary' : ''}`, type: 'button', onclick: act },
    ...(name ? [icon(name)] : []),
    el('span', { class: 'act-label' }, words),
  )
}

/** @param {HTMLElement} node @param {string} words */
function label(node, words) {
  const text = node.querySelector('.act-label')
  if (text && text.textContent !== words) text.textContent = words
}
