import { el } from '/shared/dom.js'

/** @typedef {import('./fold.js').State} State */

const KEYS = /** @type {Record<string, [dx: number, dy: number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
})
const NAMES = { '.': 'empty', X: 'X', O: 'O' }

/**
 * The cells as buttons over the drawing: for fingers, for keys, and for who hears the page.
 *
 * @param {{ choose: (x: number, y: number) => void, point: (at: { x: number, y: number } | undefined) => void }} act
 */
export function cellGrid({ choose, point }) {
  const element = el('div', { class: 'cells', role: 'grid', 'aria-label': 'Board' })
  /** @type {HTMLButtonElement[]} */
  let buttons = []
  let side = 0
  let current = 0

  element.addEventListener('keydown', (event) => {
    const step = KEYS[event.key]
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const x = Math.max(0, Math.min(side - 1, (current % side) + step[0]))
    const y = Math.max(0, Math.min(side - 1, Math.floor(current / side) + step[1]))
    focus(y * side + x)
    buttons[current]?.focus()
  })
  element.addEventListener('pointerleave', () => point(undefined))
  element.addEventListener('focusout', () => point(undefined))

  /** One cell takes part in the order of the Tab key; arrows lead to the others. @param {number} at */
  function focus(at) {
    buttons[current]?.setAttribute('tabindex', '-1')
    current = at
    buttons[current]?.setAttribute('tabindex', '0')
  }

  /** @param {number} count */
  function build(count) {
    side = count
    element.style.setProperty('--side', `${side}`)
    element.setAttribute('aria-rowcount', `${side}`)
    element.setAttribute('aria-colcount', `${side}`)
    buttons = Array.from({ length: side * side }, (_, at) => {
      const [x, y] = [at % side, Math.floor(at / side)]
      return el('button', {
        class: 'cell',
        type: 'button',
        role: 'gridcell',
        tabindex: -1,
        onclick: () => choose(x, y),
        onfocus: () => {
          focus(at)
          if (buttons[at]?.matches(':focus-visible')) point({ x, y })
        },
        onpointerenter: (/** @type {PointerEvent} */ event) => event.pointerType === 'mouse' && point({ x, y }),
      })
    })
    const rows = Array.from({ length: side }, (_, y) =>
      el('div', { role: 'row', class: 'cell-row' }, ...buttons.slice(y * side, y * side + side)),
    )
    element.replaceChildren(...rows)
    current = 0
    focus(Math.floor(side / 2) * side + Math.floor((side - 1) / 2))
  }

  return {
    element,
    /** @param {State} state @param {boolean} playable whether the player may put a mark now */
    show(state, playable) {
      if (side !== state.side) build(state.side)
      element.classList.toggle('is-playable', playable)
      const won = new Set(state.result?.cells.map(([x, y]) => y * side + x))
      buttons.forEach((button, at) => {
        const cell = /** @type {'.' | 'X' | 'O'} */ (state.cells[at] ?? '.')
        const words = `Column ${(at % side) + 1}, row ${Math.floor(at / side) + 1}: ${NAMES[cell]}${won.has(at) ? ', in the winning line' : ''}`
        if (button.getAttribute('aria-label') !== words) button.setAttribute('aria-label', words)
        button.classList.toggle('is-free', cell === '.')
        button.setAttribute('aria-disabled', `${!playable || cell !== '.'}`)
      })
    },
  }
}
