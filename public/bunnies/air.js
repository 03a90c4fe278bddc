import { Container, Sprite } from '/vendor/pixi.mjs'
import { HEIGHT, WIDTH } from './backdrop.js'

/** @typedef {import('./themes.js').Theme} Theme */

/** @type {Record<Theme['air'], { picture: string, count: number, size: number, fall: number, drift: number, glow: boolean }>} */
const KINDS = {
  pollen: { picture: 'dot', count: 26, size: 0.42, fall: -6, drift: 14, glow: false },
  petals: { picture: 'petal', count: 34, size: 0.8, fall: 34, drift: 30, glow: false },
  snow: { picture: 'dot', count: 70, size: 0.5, fall: 46, drift: 18, glow: false },
  fireflies: { picture: 'dot', count: 34, size: 0.75, fall: -4, drift: 22, glow: true },
  stardust: { picture: 'star', count: 30, size: 0.38, fall: -9, drift: 8, glow: true },
}

/** What drifts through the air of a place. */
export class Air {
  /** @type {{ sprite: Sprite, phase: number, pace: number }[]} */
  #motes = []
  #time = 0
  root = new Container()

  /** @param {{ get: (name: string) => import('/vendor/pixi.mjs').Texture }} common */
  constructor(common) {
    this.common = common
    this.kind = KINDS.pollen
  }

  /** @param {Theme} theme */
  fill({ air, drift }) {
    this.kind = KINDS[air]
    for (const { sprite } of this.#motes) sprite.destroy()
    this.#motes = Array.from({ length: this.kind.count }, () => {
      const size = this.kind.size * (0.6 + Math.random() * 0.8)
      const sprite = new Sprite({ texture: this.common.get(this.kind.picture), tint: drift, scale: size })
      sprite.position.set(Math.random() * WIDTH, Math.random() * HEIGHT)
      this.root.addChild(sprite)
      return { sprite, phase: Math.random() * 20, pace: 0.5 + Math.random() }
    })
  }

  /** @param {number} seconds @param {boolean} calm */
  step(seconds, calm) {
    this.root.visible = !calm
    if (calm) return
    this.#time += seconds
    const { fall, drift, glow, picture } = this.kind
    for (const { sprite, phase, pace } of this.#motes) {
      const wave = Math.sin(this.#time * pace + phase)
      sprite.x = wrap(sprite.x + (drift * 0.5 + wave * drift) * pace * seconds, WIDTH)
      sprite.y = wrap(sprite.y + (fall + Math.cos(this.#time * pace * 0.7 + phase) * 10) * pace * seconds, HEIGHT)
      sprite.alpha = glow ? Math.max(0, Math.sin(this.#time * pace * 1.4 + phase)) : 0.75
      if (picture === 'petal') sprite.rotation = this.#time * pace + phase
    }
  }
}

/** @param {number} value @param {number} size */
const wrap = (value, size) => (value < -20 ? size + 20 : value > size + 20 ? -20 : value)
