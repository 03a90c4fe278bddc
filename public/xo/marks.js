import { Graphics } from '/vendor/pixi.mjs'
import { cross, outline, ring, seeded } from './pen.js'

/** @typedef {import('./themes.js').Theme} Theme */

/**
 * One X or O, in a cell of size 1: felt-tip on paper, chalk on slate.
 */
export class Mark {
  view = new Graphics()
  #part = 0

  /** @param {'X' | 'O'} kind @param {number} seed @param {Theme} theme @param {number} size of a cell in pixels: small marks need less grain */
  constructor(kind, seed, theme, size) {
    this.kind = kind
    this.strokes = kind === 'X' ? cross(seed) : ring(seed)
    this.theme = theme
    this.color = kind === 'X' ? theme.x : theme.o
    this.grains = theme.chalk ? this.#grain(seeded(seed + 5), Math.round(Math.min(60, size * 0.45))) : []
    this.draw(1)
  }

  /** @param {number} part how much of it is drawn, 0 to 1 */
  draw(part) {
    this.#part = part
    const { view, strokes, color, theme } = this
    view.clear()
    strokes.forEach((stroke, i) => {
      // The pen needs a moment from one stroke to the next.
      const each = strokes.length === 1 ? part : Math.max(0, Math.min(1, (part - i * 0.54) / 0.46))
      const shape = outline(stroke, each)
      if (shape.length < 6) return
      view.poly(shape).fill({ color, alpha: theme.chalk ? 0.88 : 0.94 })
      if (theme.chalk) return
      // Ink is darker where the pen pressed: a thinner stroke within the stroke.
      const core = outline({ path: stroke.path, width: (t) => stroke.width(t) * 0.52 }, each)
      view.poly(core).fill({ color: kindDark(this.kind, theme), alpha: 0.22 })
    })
    for (const { x, y, r, at } of this.grains)
      if (at < part) view.circle(x, y, r).fill({ color: theme.slate, alpha: 0.5 })
  }

  get part() {
    return this.#part
  }

  /** Where chalk leaves the slate bare. @param {() => number} random @param {number} count */
  #grain(random, count) {
    return Array.from({ length: count }, (_, i) => {
      const which = i % this.strokes.length
      const stroke = this.strokes[which]
      const t = random()
      const point = stroke?.path[Math.floor(t * (stroke.path.length - 1))] ?? { x: 0, y: 0 }
      const off = (stroke?.width(t) ?? 0) * 0.5
      return {
        x: point.x + (random() - 0.5) * 2 * off,
        y: point.y + (random() - 0.5) * 2 * off,
        r: 0.004 + random() * 0.009,
        at: (which * 0.54 + t * (this.strokes.length === 1 ? 1 : 0.46)) * 0.98,
      }
    })
  }
}

/** @param {'X' | 'O'} kind @param {Theme} theme */
const kindDark = (kind, theme) => (kind === 'X' ? theme.xDeep : theme.oDeep)
