import { el } from '/shared/dom.js'
import { cardWords } from './words.js'

/** @param {EventTarget | null} target @param {string} selector */
const within = (target, selector) => target instanceof Element && target.closest(selector) !== null

/**
 * Play by keyboard. The hand is a list of options that only assistive technology sees: the canvas shows where it is.
 *
 * @param {import('./scene.js').Scene} scene
 * @param {{
 *   toggle: (card: string) => void,
 *   play: () => void,
 *   pass: () => void,
 *   hint: () => void,
 *   sort: () => void,
 *   none: () => void,
 *   chat: () => void,
 *   help: () => void,
 * }} act
 */
export function keyboard(scene, act) {
  const { hand } = scene
  const list = el('div', {
    class: 'hand-list',
    role: 'listbox',
    tabindex: 0,
    'aria-label': 'Your hand',
    'aria-multiselectable': 'true',
    'aria-orientation': 'horizontal',
    onfocus: () => {
      // A mouse press also gives the focus; only the keyboard wants to see where it is.
      if (!list.matches(':focus-visible')) return
      scene.keyboard = true
      if (hand.cursor < 0) hand.cursor = 0
      update()
    },
    onblur: () => {
      scene.keyboard = false
      scene.rearrange()
    },
  })

  /** @param {number} by */
  function move(by) {
    const count = hand.cards.length
    if (count === 0) return
    hand.cursor = hand.cursor < 0 ? (by > 0 ? 0 : count - 1) : (hand.cursor + by + count) % count
    scene.keyboard = true
    list.focus({ preventScroll: true })
    scene.keyboard = true
    update()
  }

  let shown = ''
  /** The list says what the canvas shows. */
  function update() {
    const names = hand.names
    if (shown !== names.join()) {
      shown = names.join()
      list.replaceChildren(...names.map((name) => el('div', { role: 'option', id: `card-${name}` }, cardWords(name))))
    }
    for (const option of list.children) {
      option.setAttribute('aria-selected', `${hand.chosen.has(option.id.slice(5))}`)
    }
    const at = hand.cards[hand.cursor]
    if (at) list.setAttribute('aria-activedescendant', `card-${at.name}`)
    else list.removeAttribute('aria-activedescendant')
    list.hidden = names.length === 0
    scene.rearrange()
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    ' ': () => {
      const card = hand.cards[hand.cursor]
      if (card) act.toggle(card.name)
    },
    Enter: act.play,
    p: act.pass,
    h: act.hint,
    s: act.sort,
    c: act.chat,
    '?': act.help,
    Escape: act.none,
  }

  window.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || within(event.target, 'input, textarea, select, dialog'))
      return
    // A button that has the focus keeps the keys that press it.
    if ((event.key === ' ' || event.key === 'Enter') && within(event.target, 'button, a, summary')) return
    const press = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!press || (event.repeat && !event.key.startsWith('Arrow'))) return
    event.preventDefault()
    press()
  })

  return { element: list, update }
}
