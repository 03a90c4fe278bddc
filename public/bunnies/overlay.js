import { Container, Sprite } from '/vendor/pixi.mjs'
import { depth } from './backdrop.js'

/** @typedef {import('./bunny.js').Bunny} Bunny */

/** How high over its feet a bunny's name floats, in world units. */
const ABOVE = 154
const MARGIN = 30
/** So far a name stays from the screen's sides. */
const EDGE = 6
/** The bar and the dock lie over the stage's ends. */
const BARS = 74
/** What a bunny says stands on its name. */
const SPEECH = 62

/** Names over heads, and pointers to the bunnies that are out of sight. */
export class Overlay {
  /** @type {Map<Bunny, { root: Container, drop: Sprite, face: Sprite }>} */
  #pointers = new Map()

  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage
  }

  /** @param {Iterable<Bunny>} bunnies @param {Bunny | undefined} me */
  step(bunnies, me) {
    const seen = new Set()
    const { width, height } = this.stage.screen
    for (const bunny of bunnies) {
      seen.add(bunny)
      const { x, y } = bunny.hopper
      const [left, top] = this.stage.toScreen(x, y - ABOVE * depth(y))
      const { root, width: wide } = bunny.label
      const half = wide / 2 + EDGE
      const ceiling = BARS + (bunny.label.speaks ? SPEECH : 0)
      root.position.set(Math.round(clamp(left, half, width - half)), Math.round(Math.max(ceiling, top)))
      const [, feet] = this.stage.toScreen(x, y)
      const hidden = left < -20 || left > width + 20 || feet < 0 || feet > height + 90
      root.visible = !hidden
      // Who speaks comes to the front, then who stands nearer.
      root.zIndex = y + (bunny.label.speaks ? 10_000 : 0)
      if (hidden && bunny !== me) this.#point(bunny, left, feet)
      else this.#drop(bunny)
    }
    for (const bunny of this.#pointers.keys()) if (!seen.has(bunny)) this.#drop(bunny)
  }

  /** @param {Bunny} bunny @param {number} x @param {number} y where it is, beyond the screen */
  #point(bunny, x, y) {
    const { width, height } = this.stage.screen
    const pointer = this.#pointers.get(bunny) ?? this.#make(bunny)
    const at = {
      x: clamp(x, MARGIN, width - MARGIN),
      y: clamp(y - 40, MARGIN + BARS, height - MARGIN - BARS),
    }
    pointer.root.position.set(at.x, at.y)
    pointer.drop.rotation = Math.atan2(y - 40 - at.y, x - at.x)
    pointer.face.texture = bunny.head
  }

  /** @param {Bunny} bunny */
  #make(bunny) {
    const root = new Container()
    const drop = new Sprite({ texture: this.stage.common.get('pointer'), alpha: 0.92 })
    const face = new Sprite({ texture: bunny.head, scale: 0.52 })
    root.addChild(drop, face)
    this.stage.layers.overlay.addChildAt(root, 0)
    const pointer = { root, drop, face }
    this.#pointers.set(bunny, pointer)
    return pointer
  }

  /** @param {Bunny} bunny */
  #drop(bunny) {
    this.#pointers.get(bunny)?.root.destroy({ children: true })
    this.#pointers.delete(bunny)
  }
}

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => Math.max(least, Math.min(most, value))
