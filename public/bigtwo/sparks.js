import { Sprite, Texture } from '/vendor/pixi.mjs'

const COLORS = [0xf2c14e, 0xe4572e, 0x4fa9d6, 0x6cc070, 0xb779d6, 0xffffff]
const COUNT = 110

/** @typedef {{ sprite: Sprite, vx: number, vy: number, spin: number, sway: number, age: number }} Spark */

/** Confetti, for who wins. */
export class Sparks {
  /** @type {Spark[]} */
  #sparks = []

  /** @param {import('/vendor/pixi.mjs').Container} layer */
  constructor(layer) {
    this.layer = layer
  }

  /** @param {import('./layout.js').Layout} layout */
  burst({ width, height }) {
    for (let i = 0; i < COUNT; i++) {
      const left = i % 2 === 0
      const sprite = new Sprite({ texture: Texture.WHITE, anchor: 0.5, tint: COLORS[i % COLORS.length] ?? 0xffffff })
      sprite.setSize(5 + Math.random() * 5, 8 + Math.random() * 6)
      sprite.position.set(left ? -10 : width + 10, height * 0.75)
      const speed = Math.sqrt(height) * (22 + Math.random() * 20)
      const angle = -Math.PI / 2 + (left ? 1 : -1) * (0.15 + Math.random() * 0.55)
      this.#sparks.push({
        sprite,
        vx: Math.cos(angle) * speed * Math.min(1.2, width / 900 + 0.35),
        vy: Math.sin(angle) * speed,
        spin: (Math.random() - 0.5) * 14,
        sway: Math.random() * 6,
        age: -Math.random() * 0.5,
      })
      sprite.visible = false
      this.layer.addChild(sprite)
    }
  }

  /** @param {number} seconds @param {{ height: number }} layout */
  step(seconds, { height }) {
    this.#sparks = this.#sparks.filter((spark) => {
      const { sprite } = spark
      spark.age += seconds
      if (spark.age < 0) return true
      sprite.visible = true
      const drag = Math.exp(-seconds * 1.5)
      spark.vx *= drag
      spark.vy = spark.vy * drag + 900 * seconds
      spark.vy = Math.min(spark.vy, 210)
      sprite.x += (spark.vx + Math.sin(spark.age * 4 + spark.sway) * 40) * seconds
      sprite.y += spark.vy * seconds
      sprite.rotation += spark.spin * seconds
      if (sprite.y < height + 20) return true
      sprite.destroy()
      return false
    })
    return this.#sparks.length > 0
  }
}
