import { cross, outline, ring } from './pen.js'

const SVG = 'http://www.w3.org/2000/svg'

/** X or O by the same pen as on the sheet, for the page around it. @param {'X' | 'O'} kind @param {number} [seed] */
export function glyph(kind, seed = 3) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '-0.4 -0.4 0.8 0.8')
  svg.setAttribute('class', `glyph glyph-${kind.toLowerCase()}`)
  svg.setAttribute('aria-hidden', 'true')
  for (const stroke of kind === 'X' ? cross(seed) : ring(seed)) {
    const path = document.createElementNS(SVG, 'path')
    const points = outline(stroke)
    path.setAttribute('d', `M${points.map((n) => n.toFixed(3)).join(' ')}Z`)
    svg.append(path)
  }
  return svg
}
