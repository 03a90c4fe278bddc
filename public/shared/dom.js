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
  up: { d: 'm6 14.5 6-6 6 6' },
  close: { d: 'M6 6l12 12M18 6 6 18' },
  pencil: { d: 'm4 20 1-4.5L16.2 4.3a1.8 1.8 0 0 1 2.6 0l.9.9a1.8 1.8 0 0 1 0 2.6L8.5 19 4 20ZM14.5 6l3.5 3.5' },
  people: {
    d: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.3-3.8 3-6 6.5-6s6.2 2.2 6.5 6M16 5a3.4 3.4 0 0 1 0 6.2M18 14.6c2 .8 3.3 2.6 3.5 5.4',
  },
  help: { d: 'M8.8 8.8a3.3 3.3 0 1 1 5 2.8c-1.2.8-1.8 1.4-1.8 2.9M12 18.4h.01' },
  sound: { d: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.3a8 8 0 0 1 0 11.4' },
  mute: { d: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM16 9.5l5 5M21 9.5l-5 5' },
  chat: { d: 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7.5L7 20.5V17H5a2 2 0 0 1-2-2V7c0-1.1.9-2 2-2ZM8 9.5h8M8 12.8h5' },
  send: { d: 'M4.5 12h13M12 5.5l6.5 6.5-6.5 6.5' },
  bulb: { d: 'M9 17.5h6M10 20.5h4M12 3a6 6 0 0 0-3.6 10.8c.6.5 1 1.2 1 1.9h5.2c0-.7.4-1.4 1-1.9A6 6 0 0 0 12 3Z' },
  sort: { d: 'M4 7h9M4 12h6.5M4 17h4M17 5.5v13M13.5 15l3.5 3.5 3.5-3.5' },
  robot: {
    d: 'M6.5 8.5h11a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2v-6.5c0-1.1.9-2 2-2ZM12 8.5V5.2M12 4h.01M9 12.7v1.2M15 12.7v1.2',
  },
  chair: { d: 'M7 3v18M7 13.5h10V21M17 13.5V9a1.5 1.5 0 0 0-1.5-1.5H7' },
  crown: { d: 'm4 17.5-1-10 5 4 4-6 4 6 5-4-1 10H4Z' },
  eye: {
    d: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z',
  },
  grid: { d: 'M9 3.5c-.3 6 .2 11 0 17M15.2 3.5c.2 6-.3 11 0 17M3.5 9c6-.3 11 .2 17 0M3.5 15.2c6 .2 11-.3 17 0' },
  again: { d: 'M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.8 3.5v4.2h-4.2' },
  flag: { d: 'M6 21V4M6 4.5c4-2 7 2 12 0v8.5c-5 2-8-2-12 0' },
  play: { d: 'M8 5.5v13l10.5-6.5L8 5.5Z' },
  pause: { d: 'M8.5 5.5v13M15.5 5.5v13' },
  back: { d: 'm14.5 6-6 6 6 6' },
  next: { d: 'm9.5 6 6 6-6 6' },
  first: { d: 'm17 6-6 6 6 6M7 6v12' },
  last: { d: 'm7 6 6 6-6 6M17 6v12' },
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
