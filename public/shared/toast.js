import { el } from './dom.js'

const SHOWN = 3_200
const AT_ONCE = 3

const stack = el('div', { class: 'pp-toasts', role: 'status', 'aria-live': 'polite' })

/** A short note that goes away by itself; a screen reader says it when it has time. @param {string} text */
export function toast(text) {
  if (!stack.isConnected) document.body.append(stack)
  while (stack.children.length >= AT_ONCE) stack.firstElementChild?.remove()
  const note = el('div', { class: 'pp-toast' }, text)
  stack.append(note)
  setTimeout(() => {
    note.classList.add('is-leaving')
    setTimeout(() => note.remove(), 250)
  }, SHOWN)
}
