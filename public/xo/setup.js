import { el, icon } from '/shared/dom.js'

/** @typedef {{ side: number, line: number }} BoardWish */

const IDEAS = [
  { side: 3, line: 3, name: 'Classic' },
  { side: 4, line: 3, name: 'Quick' },
  { side: 6, line: 4, name: 'House rules' },
  { side: 10, line: 5, name: 'Long evening' },
]

/** The choice of a board: some that are well tried, or any. @param {BoardWish} wish */
export function boardChoice(wish) {
  const board = { ...wish }
  const preview = el('div', { class: 'preview', 'aria-hidden': 'true' })
  const side = slider('Cells a side', 3, 10, board.side, (value) => {
    board.side = value
    board.line = Math.min(board.line, value)
    show()
  })
  const line = slider('In a row to win', 3, 10, board.line, (value) => {
    board.line = Math.min(value, board.side)
    show()
  })
  const ideas = IDEAS.map((idea) =>
    el(
      'button',
      {
        class: 'idea',
        type: 'button',
        onclick: () => {
          Object.assign(board, { side: idea.side, line: idea.line })
          show()
        },
      },
      el('strong', {}, idea.name),
      el('span', {}, `${idea.side} × ${idea.side}, ${idea.line} to win`),
    ),
  )
  const element = el(
    'div',
    { class: 'choice' },
    el('div', { class: 'ideas' }, ...ideas),
    el('div', { class: 'own' }, preview, el('div', { class: 'own-sliders' }, side.element, line.element)),
  )

  function show() {
    side.set(board.side, 10)
    line.set(board.line, board.side)
    ideas.forEach((idea, i) => {
      idea.setAttribute('aria-pressed', `${IDEAS[i]?.side === board.side && IDEAS[i]?.line === board.line}`)
    })
    preview.style.setProperty('--side', `${board.side}`)
    const first = Math.floor((board.side - board.line) / 2)
    preview.replaceChildren(
      ...Array.from({ length: board.side ** 2 }, (_, at) => {
        const [x, y] = [at % board.side, Math.floor(at / board.side)]
        return el('i', { class: x === y && x >= first && x < first + board.line ? 'is-line' : undefined })
      }),
    )
  }
  show()
  return { element, board }
}

/** @param {string} words @param {number} min @param {number} max @param {number} value @param {(value: number) => void} changed */
function slider(words, min, max, value, changed) {
  const output = el('output', {}, `${value}`)
  const input = el('input', {
    type: 'range',
    min,
    max,
    value,
    'aria-label': words,
    oninput: () => changed(Number(input.value)),
  })
  return {
    element: el('label', { class: 'own-slider' }, el('span', {}, words, ' ', output), input),
    /** @param {number} now @param {number} most */
    set(now, most) {
      input.max = `${most}`
      input.value = `${now}`
      input.style.setProperty('--part', `${most > min ? (now - min) / (most - min) : 1}`)
      output.textContent = `${now}`
    },
  }
}

/** @param {BoardWish} wish @param {(board: BoardWish) => void} chosen */
export function chooseBoard(wish, chosen) {
  const choice = boardChoice(wish)
  const shut = el(
    'button',
    { class: 'pp-button pp-round', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
    icon('close'),
  )
  const form = el(
    'form',
    { method: 'dialog', class: 'pp-form setup', onsubmit: () => chosen({ ...choice.board }) },
    el('div', { class: 'pp-dialog-head' }, el('h2', {}, 'The board'), shut),
    choice.element,
    el('button', { class: 'pp-button pp-primary' }, 'Play on this board'),
  )
  const dialog = el('dialog', { class: 'pp-dialog', 'aria-label': 'The board', onclose: () => dialog.remove() }, form)
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
  document.body.append(dialog)
  dialog.showModal()
}
