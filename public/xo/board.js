import { Container, Graphics } from '/vendor/pixi.mjs'
import { winningLines } from './lines.js'
import { Mark } from './marks.js'
import { easeInOut, overshoot } from './motion.js'
import { line, outline, seeded } from './pen.js'

/** @typedef {import('./fold.js').State} State */
/** @typedef {import('./themes.js').Theme} Theme */

const DRAWN = { X: 0.4, O: 0.44 } // seconds
/** Blank paper around the cells, in parts of the sheet. */
export const MARGIN = 0.035

/**
 * What is on the sheet: lines, marks, the highlighter over the line that won. It is told what to show, and finds out itself what is
 * new, so that playing, watching, and going back and forth in a finished game are all the same to it.
 */
export class Board {
  root = new Container()
  #grid = new Graphics()
  #wash = new Graphics()
  #marker = new Graphics()
  #marks = new Container()
  #ghost = new Container()
  /** @type {Mark[]} by move */
  #drawn = []
  #shown = { key: '', won: false }
  /** @type {State | undefined} */
  #state
  #size = 0
  /** Of a cell. */
  #unit = 0
  #hover = ''

  /** @param {{ motion: import('./motion.js').Motion, theme: () => Theme, wake: () => void }} context */
  constructor({ motion, theme, wake }) {
    this.motion = motion
    this.theme = theme
    this.wake = wake
    this.root.addChild(this.#wash, this.#marker, this.#grid, this.#ghost, this.#marks)
  }

  /** @param {{ left: number, top: number, size: number }} place */
  lay({ left, top, size }) {
    this.root.position.set(left + size * MARGIN, top + size * MARGIN)
    if (size !== this.#size) {
      this.#size = size
      this.repaint()
    }
    this.wake()
  }

  /** All anew, at once: another size, other colours. */
  repaint() {
    const { key } = this.#shown
    if (!this.#state) return
    this.motion.clear()
    this.#shown = { key: '', won: false }
    this.show(this.#state, key, false)
  }

  /**
   * @param {State} state
   * @param {string} key what game it is: another one begins with an empty sheet
   * @param {boolean} [lively] whether what is new is drawn before one's eyes
   */
  show(state, key, lively = true) {
    this.#state = state
    if (key !== this.#shown.key) this.#begin(state, key, lively)
    while (this.#drawn.length > state.moves.length) this.#erase(lively && this.#drawn.length === state.moves.length + 1)
    const known = this.#drawn.length
    const added = state.moves.length - known
    // Who comes in the middle of a game sees it drawn in a flash, in order.
    const pause = Math.min(0.09, 0.9 / added)
    for (let i = 0; i < added; i++) this.#add(state, known + i, lively, added > 1 ? i * pause : 0)
    this.#highlightLast(state)
    const won = state.result !== null && state.result.cells.length > 0
    if (won !== this.#shown.won) this.#markWin(state, won, lively)
    this.#shown = { key, won }
    this.wake()
  }

  /** @param {State} state @param {string} key @param {boolean} lively */
  #begin({ side, game }, key, lively) {
    for (const mark of this.#drawn.splice(0)) mark.view.destroy()
    this.#marks.removeChildren()
    this.#marker.clear()
    this.#shown = { key, won: false }
    const random = seeded(game * 31 + side)
    const unit = (this.#size * (1 - 2 * MARGIN)) / side
    this.#unit = unit
    const width = Math.max(1.6, Math.min(4.5, unit * 0.045))
    const how = { random, bend: Math.min(2.4, unit * 0.02), width, steps: 26 }
    const far = side * unit
    const lines = Array.from({ length: side - 1 }, (_, i) => [
      line({ x: (i + 1) * unit, y: random() * 5 }, { x: (i + 1) * unit, y: far - random() * 5 }, how),
      line({ x: random() * 5, y: (i + 1) * unit }, { x: far - random() * 5, y: (i + 1) * unit }, how),
    ]).flat()
    const { grid, gridAlpha } = this.theme()
    const draw = (/** @type {number} */ part) => {
      if (this.#shown.key !== key) return
      this.#grid.clear()
      lines.forEach((stroke, i) => {
        const late = (i / lines.length) * 0.55
        const shape = outline(stroke, Math.max(0, Math.min(1, (part - late) / 0.45)))
        if (shape.length >= 6) this.#grid.poly(shape).fill({ color: grid, alpha: gridAlpha })
      })
    }
    if (lively) this.motion.play(draw, { seconds: 0.75, ease: easeInOut })
    else draw(1)
  }

  /** @param {State} state @param {number} index @param {boolean} lively @param {number} delay */
  #add(state, index, lively, delay) {
    const [x, y] = state.moves[index] ?? [0, 0]
    const kind = index % 2 === 0 ? 'X' : 'O'
    const mark = new Mark(kind, state.game * 1000 + y * 37 + x * 5 + 1, this.theme(), this.#unit)
    mark.view.position.set((x + 0.5) * this.#unit, (y + 0.5) * this.#unit)
    mark.view.scale.set(this.#unit)
    this.#drawn.push(mark)
    this.#marks.addChild(mark.view)
    if (!lively) return
    const alive = () => this.#drawn.includes(mark)
    const draw = (/** @type {number} */ part) => alive() && mark.draw(part)
    this.motion.play(draw, { seconds: DRAWN[kind], delay, ease: easeInOut })
  }

  /** @param {boolean} lively */
  #erase(lively) {
    const mark = this.#drawn.pop()
    if (!mark) return
    const { view } = mark
    const away = (/** @type {number} */ part) => {
      view.alpha = 1 - part
      view.scale.set(this.#unit * (1 - part * 0.15))
    }
    if (lively) this.motion.play(away, { seconds: 0.18, done: () => view.destroy() })
    else view.destroy()
  }

  /** @param {State} state */
  #highlightLast({ moves, phase }) {
    this.#wash.clear()
    const last = moves.at(-1)
    if (!last || (phase === 'over' && this.#state?.result?.cells.length)) return
    const { wash, washAlpha } = this.theme()
    const [unit, inset] = [this.#unit, this.#unit * 0.07]
    this.#wash
      .roundRect(last[0] * unit + inset, last[1] * unit + inset, unit - 2 * inset, unit - 2 * inset, unit * 0.16)
      .fill({ color: wash, alpha: washAlpha })
  }

  /** @param {State} state @param {boolean} won @param {boolean} lively */
  #markWin(state, won, lively) {
    this.#marker.clear()
    const cells = new Set(won ? state.result?.cells.map((cell) => `${cell}`) : [])
    const fade = (/** @type {number} */ part) => {
      this.#drawn.forEach((mark, i) => {
        mark.view.alpha = won && !cells.has(`${state.moves[i]}`) ? 1 - part * 0.58 : 1
      })
    }
    if (!won) return fade(0)
    const { marker, markerAlpha } = this.theme()
    const unit = this.#unit
    const strokes = winningLines(state).map(([[ax, ay], [bx, by]], i) => {
      const [dx, dy] = [Math.sign(bx - ax) * 0.13, Math.sign(by - ay) * 0.13]
      const from = { x: (ax + 0.5 - dx) * unit, y: (ay + 0.5 - dy) * unit }
      const to = { x: (bx + 0.5 + dx) * unit, y: (by + 0.5 + dy) * unit }
      const random = seeded(state.game * 7 + i)
      return { path: line(from, to, { random, bend: unit * 0.05, width: 1 }).path, width: () => unit * 0.62 }
    })
    const sweep = (/** @type {number} */ part) => {
      this.#marker.clear()
      for (const stroke of strokes) {
        const shape = outline(stroke, part)
        if (shape.length >= 6) this.#marker.poly(shape).fill({ color: marker, alpha: markerAlpha })
      }
    }
    if (!lively) {
      sweep(1)
      return fade(1)
    }
    const delay = DRAWN.O + 0.12
    const still = () => this.#shown.won
    this.motion.play((part) => still() && sweep(part), { seconds: 0.5, delay, ease: easeInOut })
    this.motion.play((part) => still() && fade(part), { seconds: 0.4, delay: delay + 0.2 })
    const winners = this.#drawn.filter((_, i) => cells.has(`${state.moves[i]}`))
    winners.forEach((mark, i) => {
      const beat = (/** @type {number} */ part) => {
        if (this.#drawn.includes(mark)) mark.view.scale.set(unit * (1 + 0.16 * Math.sin(Math.PI * part)))
      }
      this.motion.play(beat, { seconds: 0.42, delay: delay + 0.25 + i * 0.09, ease: (t) => t })
    })
  }

  /**
   * The mark that a click would leave, faint; stronger while it is on its way to the game.
   *
   * @param {{ x: number, y: number, kind: 'X' | 'O', sent: boolean } | undefined} at
   */
  hover(at) {
    const key = at ? `${at.x},${at.y},${at.kind},${at.sent},${this.#unit},${this.#state?.game}` : ''
    if (key === this.#hover) return
    this.#hover = key
    for (const child of this.#ghost.removeChildren()) child.destroy()
    if (at && this.#state) {
      const mark = new Mark(at.kind, this.#state.game * 1000 + at.y * 37 + at.x * 5 + 1, this.theme(), this.#unit)
      mark.view.position.set((at.x + 0.5) * this.#unit, (at.y + 0.5) * this.#unit)
      mark.view.alpha = at.sent ? 0.45 : 0.2
      const grow = (/** @type {number} */ part) =>
        !mark.view.destroyed && mark.view.scale.set(this.#unit * (0.8 + 0.2 * part))
      this.#ghost.addChild(mark.view)
      this.motion.play(grow, { seconds: 0.16, ease: overshoot })
    }
    this.wake()
  }

  /** How many marks are on the sheet, wholly drawn. */
  get complete() {
    return this.#drawn.filter(({ part }) => part === 1).length
  }

  /** Where the marks are on the canvas, by move. */
  get spots() {
    return this.#drawn.map(({ view }) => {
      const { x, y } = view.getGlobalPosition()
      return { x, y }
    })
  }
}
