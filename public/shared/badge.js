import { el } from './dom.js'

/** @typedef {import('./connection.js').Status} Status */

const LABELS = { connecting: 'Connecting', open: 'Connected', waiting: 'Connection lost', closed: 'Disconnected' }

/**
 * Says how the connection is. When all is well it is a quiet dot; when it is not, it tells why and what to do.
 *
 * @param {{ retry: () => void }} act
 */
export function badge({ retry }) {
  const label = el('span', { class: 'pp-badge-label' })
  const why = el('span', { class: 'pp-badge-why' })
  // The countdown is outside the live region: a screen reader would read out every second.
  const soon = el('span', { class: 'pp-badge-soon', 'aria-hidden': 'true' })
  const again = el('button', { class: 'pp-button pp-small', type: 'button', onclick: retry })
  const element = el(
    'div',
    { class: 'pp-badge', 'data-state': 'connecting' },
    el('span', { class: 'pp-badge-dot', 'aria-hidden': 'true' }),
    el('div', { class: 'pp-badge-text', role: 'status', 'aria-live': 'polite' }, label, ' ', why),
    el('div', { class: 'pp-badge-act' }, soon, again),
  )
  let countdown = 0
  let lost = false

  /** @param {Status} status */
  function show({ state, reason, retryIn }) {
    clearInterval(countdown)
    const retrying = lost && state === 'connecting'
    lost = state === 'waiting' || retrying
    element.dataset.state = lost ? 'waiting' : state
    element.classList.toggle('is-trouble', lost || state === 'closed')
    put(label, lost ? LABELS.waiting : LABELS[state])
    // Between two attempts of one break nothing is news: only the countdown changes.
    if (!retrying) put(why, state === 'open' ? '' : reason && `${reason}.`)
    again.textContent = state === 'closed' ? 'Join again' : 'Try now'
    again.disabled = state === 'connecting'
    soon.textContent = lost ? 'Trying again…' : ''
    if (state !== 'waiting') return
    const due = performance.now() + retryIn
    const tick = () => {
      const seconds = Math.ceil((due - performance.now()) / 1000)
      soon.textContent = seconds > 0 ? `Trying again in ${seconds} s` : 'Trying again…'
    }
    tick()
    countdown = window.setInterval(tick, 250)
  }

  return { element, show }
}

/** A live region speaks whenever it is written to, even the same words. @param {HTMLElement} node @param {string} text */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text
}
