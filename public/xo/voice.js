import { el } from '/shared/dom.js'

/** What happens, in words for a screen reader: one region, of which only the last words count. */
export function voice() {
  const element = el('div', { class: 'pp-hidden', role: 'log', 'aria-live': 'polite', 'aria-label': 'What happens' })
  let said = ''
  return {
    element,
    get said() {
      return said
    },
    /** @param {string} text */
    say(text) {
      if (!text) return
      said = text
      element.append(el('p', {}, text))
      while (element.children.length > 4) element.firstElementChild?.remove()
    },
  }
}
