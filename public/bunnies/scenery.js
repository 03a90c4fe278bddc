import { Container, Sprite } from '/vendor/pixi.mjs'
import { atlas, texture } from './atlas.js'
import { backdrop, depth, HEIGHT, inPond, POND, WIDTH } from './backdrop.js'
import { seeded } from './color.js'
import { FLOWERS, propPictures } from './props.js'

/** @typedef {import('./themes.js').Theme} Theme */
/** @typedef {{ sprite: Sprite, sway: number, phase: number, nudge: number }} Plant */

const CLOUDS = 6
const WIND = 7
/** The pond needs room for its shore. */
const CLEAR = 34

/** A place: painted layers that move at their own pace, clouds, and plants that stand among the bunnies. */
export class Scenery {
  /** @type {{ sprite: Sprite, follow: number }[]} */
  #layers = []
  /** @type {Sprite[]} */
  #clouds = []
  /** @type {Plant[]} */
  #plants = []
  #time = 0
  back = new Container()
  front = new Container()

  /**
   * @param {Theme} theme
   * @param {string} seed
   * @param {number} scale pixels to a world unit
   * @param {Container} things where plants stand, sorted by depth with all else
   */
  constructor(theme, seed, scale, things) {
    this.scale = scale
    this.pictures = atlas(propPictures(theme), Math.min(2, scale * 1.25))
    this.random = seeded(`${seed}/plants`)
    for (const { top, follow, element } of backdrop(theme, seed, scale)) {
      const sprite = new Sprite({ texture: texture(element, scale), y: top })
      this.#layers.push({ sprite, follow })
      this.back.addChild(sprite)
      // A moon has no weather.
      if (this.#layers.length === 1 && theme.trees !== 'rock') this.#addClouds()
    }
    this.#plantAll(things)
  }

  #addClouds() {
    for (let i = 0; i < CLOUDS; i++) {
      const cloud = new Sprite({ texture: this.pictures.get('cloud'), alpha: 0.9 })
      const size = 0.45 + this.random() * 0.6
      cloud.scale.set(this.random() < 0.5 ? size : -size, size)
      cloud.position.set((i + this.random() * 0.7) * (WIDTH / CLOUDS), 60 + this.random() * 130)
      this.#clouds.push(cloud)
      this.back.addChild(cloud)
    }
  }

  /** @param {Container} things */
  #plantAll(things) {
    const { random } = this
    const trees = [70, 262, 640, 905, 1345, 1535]
    for (const x of trees) this.#plant(things, 'tree', x + random() * 50 - 25, 338 + random() * 22, 0.95, 0.012)
    for (const x of [28, 170, 480, 1210, 1440, 1580]) this.#plant(things, 'bush', x, 348 + random() * 18, 0.8, 0.02)
    for (let i = 0; i < 5; i++) this.#scatter(things, 'rock', 0.5 + random() * 0.4, 0)
    for (let i = 0; i < 62; i++) this.#scatter(things, 'tuft', 0.7 + random() * 0.5, 0.1)
    for (let i = 0; i < 15; i++) this.#patch(things, `flower${i % FLOWERS}`)
    for (let i = 0; i < 9; i++) {
      const turn = Math.PI * (1.05 + random() * 0.9)
      const [x, y] = [POND.x + Math.cos(turn) * (POND.rx + 8), POND.y + Math.sin(turn) * (POND.ry + 6)]
      this.#plant(things, 'tuft', x, y, 1 + random() * 0.5, 0.08)
    }
    for (let x = -20; x < WIDTH + 40; x += 46 + random() * 60) {
      this.#plant(this.front, 'tuft', x, HEIGHT + 14, 2.1 + random() * 0.9, 0.07)
    }
  }

  /** Flowers grow in company. @param {Container} things @param {string} name */
  #patch(things, name) {
    const { random } = this
    const x = 30 + random() * (WIDTH - 60)
    const y = 372 + random() * (HEIGHT - 390)
    const count = 2 + Math.floor(random() * 4)
    for (let i = 0; i < count; i++) {
      const at = { x: x + (random() - 0.5) * 110, y: y + (random() - 0.5) * 46 }
      if (!wet(at.x, at.y)) this.#plant(things, name, at.x, at.y, 0.75 + random() * 0.35, 0.13)
    }
  }

  /** @param {Container} things @param {string} name @param {number} size @param {number} sway */
  #scatter(things, name, size, sway) {
    const x = this.random() * WIDTH
    const y = 360 + this.random() * (HEIGHT - 370)
    if (!wet(x, y)) this.#plant(things, name, x, y, size, sway)
  }

  /**
   * @param {Container} parent
   * @param {string} name
   * @param {number} x
   * @param {number} y
   * @param {number} size
   * @param {number} sway how far the wind bends it, in radians
   */
  #plant(parent, name, x, y, size, sway) {
    const sprite = new Sprite({ texture: this.pictures.get(name), x, y, zIndex: y })
    const scale = size * depth(y)
    sprite.scale.set(this.random() < 0.5 ? scale : -scale, scale)
    this.#plants.push({ sprite, sway, phase: x * 0.012 + this.random(), nudge: 0 })
    parent.addChild(sprite)
  }

  /** A landing shakes what grows around it. @param {number} x @param {number} y */
  shake(x, y) {
    for (const plant of this.#plants) {
      const dx = plant.sprite.x - x
      if (Math.abs(dx) > 60 || Math.abs(plant.sprite.y - y) > 34 || plant.sway < 0.05) continue
      plant.nudge = Math.sign(dx) * 0.45 * (1 - Math.abs(dx) / 70)
    }
  }

  /**
   * @param {number} seconds
   * @param {number} left the camera's left edge in the world
   * @param {boolean} calm
   */
  step(seconds, left, calm) {
    for (const { sprite, follow } of this.#layers) sprite.x = left * (1 - follow)
    if (calm) return
    this.#time += seconds
    for (const cloud of this.#clouds) {
      cloud.x += WIND * Math.abs(cloud.scale.x) * seconds
      if (cloud.x > WIDTH + 140) cloud.x = -140
    }
    for (const plant of this.#plants) {
      plant.nudge *= 1 - Math.min(1, seconds * 5)
      const wind = Math.sin(this.#time * 1.5 + plant.phase) + Math.sin(this.#time * 0.6 + plant.phase * 2.3) * 0.6
      plant.sprite.skew.x = wind * plant.sway - plant.nudge * Math.sign(plant.sprite.scale.x)
    }
  }

  destroy() {
    for (const { sprite } of this.#plants) sprite.destroy()
    for (const { sprite } of this.#layers) sprite.texture.source.destroy()
    this.back.destroy({ children: true })
    this.front.destroy({ children: true })
    this.pictures.destroy()
  }
}

/** @param {number} x @param {number} y */
function wet(x, y) {
  const dx = Math.abs(x - POND.x) < POND.rx + CLEAR
  return inPond(x, y) || (dx && Math.abs(y - POND.y) < POND.ry + CLEAR)
}
