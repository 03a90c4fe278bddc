import { Graphics } from '/vendor/pixi.mjs'

/** @typedef {{ view: Graphics, vx: number, vy: number, spin: number, sway: number, age: number }} Scrap */

const COUNT = 90

/** Scraps of paper for who has won, thrown up from the sheet. */
export class Confetti {
  /** @type {Scrap[]} */
  #scraps = []

  /** @param {import('/vendor/pixi.mjs').Container} air */
  constructor(air) {
    this.air = air
  }

  /** @param {{ left: number, top: number, size: number }} place @param {number[]} colors */
  burst({ left, top, size }, colors) {
    for (let i = 0; i < COUNT; i++) {
      const view = new Graphics()
      const [w, h] = [4 + Math.random() * 5, 7 + Math.random() * 7]
      if (i % 3 === 0) view.circle(0, 0, w * 0.6)
      else view.roundRect(-w / 2, -h / 2, w, h, 1.5)
      view.fill(colors[i % colors.length] ?? 0xffffff)
      const side = i % 2 === 0 ? -1 : 1
      view.position.set(left + size / 2 + side * size * 0.46, top + size * 0.82)
      const angle = -Math.PI / 2 - side * (0.1 + Math.random() * 0.5)
      const speed = Math.sqrt(size) * (24 + Math.random() * 24)
      const spin = (Math.random() - 0.5) * 14
      const thrown = { vx: Math.cos(angle) * speed, vy: Math.sin(angle) * speed, spin, sway: Math.random() * 6 }
      this.#scraps.push({ view, ...thrown, age: -0.55 - Math.random() * 0.35 })
      view.visible = false
      this.air.addChild(view)
    }
  }

  /** @param {number} seconds @param {number} floor @returns {boolean} whether some still fly */
  step(seconds, floor) {
    this.#scraps = this.#scraps.filter((scrap) => {
      const { view } = scrap
      scrap.age += seconds
      if (scrap.age < 0) return true
      view.visible = true
      const drag = Math.exp(-seconds * 1.6)
      scrap.vx *= drag
      scrap.vy = Math.min(190, scrap.vy * drag + 900 * seconds)
      view.x += (scrap.vx + Math.sin(scrap.age * 4 + scrap.sway) * 36) * seconds
      view.y += scrap.vy * seconds
      view.rotation += scrap.spin * seconds
      view.alpha = Math.min(1, Math.max(0, (3.2 - scrap.age) * 2))
      if (view.y < floor + 20 && scrap.age < 3.2) return true
      view.destroy()
      return false
    })
    return this.#scraps.length > 0
  }
}
