import { el } from '/shared/dom.js'
import { SUITS } from './glyphs.js'
import { cardWords, cornerText } from './words.js'

const SVG = 'http://www.w3.org/2000/svg'

/** @param {string} suit */
export function suitIcon(suit) {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', 'suit')
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', SUITS[suit] ?? '')
  svg.append(path)
  return svg
}

/** Small cards in a line of text; a screen reader reads their names. @param {string[]} cards */
export function miniCards(cards) {
  return el(
    'span',
    { class: 'minis', role: 'img', 'aria-label': cards.map(cardWords).join(', ') },
    ...cards.map((card) =>
      el('span', { class: 'mini', 'data-suit': card[1] }, el('b', {}, cornerText(card)), suitIcon(card[1] ?? '')),
    ),
  )
}
