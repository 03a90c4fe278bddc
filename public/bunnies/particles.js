import { Container, Sprite } from '/vendor/pixi.mjs'

/**
 * @typedef {{
 *   picture: string, x: number, y: number, life: number,
 *   vx?: number, vy?: number, fall?: number, spin?: number,
 *   size?: number, grow?: number, alpha?: number, tint?: string,
 * }} Spark speeds in units a second; `grow` is how many times its size it reaches
 */

const MOST = 260

/** Dust, petals and sparkles: sprites that are used again when their time is over. */
export class Particles {
  #live = /** @type {{ sprite: Sprite, spark: Required<Spark>, age: number }[]} */ ([])
  #spare = /** @type {Sprite[]} */ ([])
  root = new Container()

  /** @param {{ get: (name: string) => import('/vendor/pixi.mjs').Texture }} common */
  constructor(common) {
    this.common = common
  }

  /** @param {Spark} spark */
  add(spark) {
    if (this.#live.length >= MOST) return
    const sprite = this.#spare.pop() ?? this.root.addChild(new Sprite({ anchor: 0.5 }))
    const full = { vx: 0, vy: 0, fall: 0, spin: 0, size: 1, grow: 1, alpha: 1, tint: '#ffffff', ...spark }
    sprite.texture = this.common.get(full.picture)
    sprite.tint = full.tint
    sprite.rotation = full.spin ? Math.random() * 6 : 0
    sprite.visible = true
    this.#live.push({ sprite, spark: full, age: 0 })
  }

  /** @param {number} seconds */
  step(seconds) {
    this.#live = this.#live.filter((particle) => {
      const { sprite, spark } = particle
      particle.age += seconds
      const part = particle.age / spark.life
      if (part >= 1) {
        sprite.visible = false
        this.#spare.push(sprite)
        return false
      }
      spark.vy += spark.fall * seconds
      spark.x += spark.vx * seconds
      spark.y += spark.vy * seconds
      sprite.position.set(spark.x, spark.y)
      sprite.rotation += spark.spin * seconds
      sprite.scale.set(spark.size * (1 + (spark.grow - 1) * part))
      sprite.alpha = spark.alpha * Math.min(1, (1 - part) * 2, part * 12)
      return true
    })
  }

  /** @param {number} x @param {number} y @param {number} size @param {string[]} colors */
  dust(x, y, size, colors) {
    for (let i = 0; i < 5; i++) {
      const side = Math.random() * 2 - 1
      this.add({
        picture: 'puff',
        x: x + side * 18 * size,
        y: y - 2,
        vx: side * 60,
        vy: -14 - Math.random() * 34,
        fall: 60,
        life: 0.35 + Math.random() * 0.25,
        size: 0.3 * size,
        grow: 2,
        alpha: 0.6,
        tint: colors[i % colors.length],
      })
    }
  }

  /** @param {number} x @param {number} y @param {number} size @param {string} color */
  splash(x, y, size, color) {
    this.add({ picture: 'ring', x, y, life: 0.7, size: 0.4 * size, grow: 3.4, alpha: 0.75 })
    for (let i = 0; i < 7; i++) {
      const side = Math.random() * 2 - 1
      this.add({
        picture: 'dot',
        x: x + side * 14,
        y: y - 4,
        vx: side * 95,
        vy: -90 - Math.random() * 110,
        fall: 620,
        life: 0.45,
        size: 0.5 * size,
        tint: color,
      })
    }
  }

  /** @param {number} x @param {number} y */
  treat(x, y) {
    this.add({ picture: 'carrot', x, y: y - 60, vy: -120, fall: 90, life: 0.8, size: 0.8, grow: 0.7 })
    for (let i = 0; i < 12; i++) {
      const turn = (i / 12) * Math.PI * 2
      this.add({
        picture: 'star',
        x: x + Math.cos(turn) * 16,
        y: y - 40 + Math.sin(turn) * 14,
        vx: Math.cos(turn) * 130,
        vy: Math.sin(turn) * 110 - 40,
        fall: 120,
        spin: 5,
        life: 0.65,
        size: 0.65,
        grow: 0.3,
        tint: i % 3 ? '#ffd84d' : '#ff9440',
      })
    }
  }
}
