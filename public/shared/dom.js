/**
 * Makes an element: `el('button', { class: 'pp-button', onclick: go }, 'Go')`. Keys that are functions become
 * listeners, the others attributes; `true` is an empty attribute, `false` and `undefined` are none.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : `${value}`)
  }
  element.append(...children)
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

/** Paths on a 24 by 24 grid, drawn as strokes unless they say `fill`. */
const ICONS = {
  share: { d: 'M12 15V3.5M7.5 7.5 12 3l4.5 4.5M5 12v6.5A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V12' },
  down: { d: 'm6 9.5 6 6 6-6' },
  close: { d: 'M6 6l12 12M18 6 6 18' },
  pencil: { d: 'm4 20 1-4.5L16.2 4.3a1.8 1.8 0 0 1 2.6 0l.9.9a1.8 1.8 0 0 1 0 2.6L8.5 19 4 20ZM14.5 6l3.5 3.5' },
  people: {
    d: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.3-3.8 3-6 6.5-6s6.2 2.2 6.5 6M16 5a3.4 3.4 0 0 1 0 6.2M18 14.6c2 .8 3.3 2.6 3.5 5.4',
  },
  dice: {
    d: 'M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6c0-1.1.9-2 2-2ZM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01',
  },
}

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @param {string} d
 * @param {{ fill?: boolean }} [how]
 */
export function shape(d, { fill = false } = {}) {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', fill ? 'pp-icon pp-icon-fill' : 'pp-icon')
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', d)
  svg.append(path)
  return svg
}

/** @param {IconName} name */
export function icon(name) {
  return shape(ICONS[name].d)
}
