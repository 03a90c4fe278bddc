import { Sprite } from '/vendor/pixi.mjs'
import { depth, inPond } from './backdrop.js'
import { Bunny } from './bunny.js'
import { STRIDE } from './hopper.js'
import { Particles } from './particles.js'
import { sprite } from './stage.js'

/** @typedef {import('./bunny.js').Player} Player */
/** @typedef {{ x: number, y: number }} Point */
/**
 * @typedef {{
 *   hop: (x: number, y: number) => boolean,
 *   changed: () => void,
 *   arrived: (player: Player) => void,
 *   left: (player: Player) => void,
 * }} Report
 */

/** Nearer than this is there. */
const THERE = 7

/** What the game has told about one room, and how it looks. */
export class Meadow {
  /** @type {Map<number, Bunny>} */
  bunnies = new Map()
  /** @type {{ sprite: Sprite, shadow: Sprite, phase: number }[]} */
  #carrots = []
  /** @type {Point[]} landings that were sent and not yet confirmed */
  #sent = []
  #bounds = /** @type {[number, number, number, number]} */ ([50, 350, 1550, 950])
  #time = 0
  #calm = false
  you = 0

  /**
   * @param {import('./stage.js').Stage} stage
   * @param {Report} report
   */
  constructor(stage, report) {
    this.stage = stage
    this.report = report
    this.particles = new Particles(stage.common)
    stage.layers.sparks.addChild(this.particles.root)
    this.marker = sprite(stage.common, 'ring', stage.layers.under)
  }

  get me() {
    return this.bunnies.get(this.you)
  }

  /** @param {any} message what the game printed */
  hear(message) {
    const bunny = this.bunnies.get(message?.id)
    switch (message?.t) {
      case 'World':
        return this.#begin(message)
      case 'Bunny':
        return this.#meet(message, true)
      case 'Gone':
        return this.#forget(message.id, true)
      case 'Away':
      case 'Here':
        return this.#doze(message.id, message.t === 'Away')
      case 'Hop':
        return this.#follow(message)
      case 'Eat':
        return this.#eaten(message)
      case 'Emote':
        return bunny?.label.say(message.emote)
    }
  }

  /** @param {{ you: number, bounds: [number, number, number, number], carrots: Point[], bunnies: Player[] }} world */
  #begin({ you, bounds, carrots, bunnies }) {
    this.clear()
    this.you = you
    this.#bounds = bounds
    const { common, layers } = this.stage
    for (const [i, at] of carrots.entries()) {
      const carrot = {
        sprite: new Sprite(common.get('carrot')),
        shadow: new Sprite(common.get('shadow')),
        phase: i * 1.7,
      }
      layers.things.addChild(carrot.shadow, carrot.sprite)
      this.#carrots.push(carrot)
      this.#lay(i, at)
    }
    for (const player of bunnies) this.#meet(player, false)
    this.report.changed()
  }

  /** @param {number} i @param {Point} at */
  #lay(i, { x, y }) {
    const carrot = this.#carrots[i]
    if (!carrot) return
    carrot.sprite.position.set(x, y)
    carrot.sprite.zIndex = y
    carrot.sprite.scale.set(depth(y) * 0.95)
    carrot.sprite.tint = this.stage.theme.light
    carrot.shadow.position.set(x, y)
    carrot.shadow.zIndex = y - 1
    carrot.shadow.scale.set(depth(y) * 0.6)
    carrot.phase = -Math.PI / 2
  }

  /** @param {Player} player @param {boolean} news */
  #meet({ id, name, hue, carrots, x, y, away = false }, news) {
    const player = { id, name, hue, carrots, x, y, away }
    const known = this.bunnies.get(id)
    if (known) known.dress(player)
    else {
      const bunny = new Bunny(player, this.stage.common, id === this.you)
      bunny.light = this.stage.theme.light
      this.bunnies.set(id, bunny)
      this.stage.layers.things.addChild(bunny.root)
      this.stage.layers.overlay.addChild(bunny.label.root)
      if (id === this.you) this.stage.lookAt(player)
      else if (news) this.report.arrived(player)
    }
    this.report.changed()
  }

  /** @param {number} id @param {boolean} news */
  #forget(id, news) {
    const bunny = this.bunnies.get(id)
    if (!bunny) return
    this.bunnies.delete(id)
    const { x, y } = bunny.hopper
    if (news && !this.#calm) this.particles.dust(x, y - 20, depth(y) * 1.6, ['#ffffff'])
    bunny.destroy()
    if (news) this.report.left(bunny.player)
    this.report.changed()
  }

  /** A player's connection broke, or is back. @param {number} id @param {boolean} away */
  #doze(id, away) {
    const bunny = this.bunnies.get(id)
    if (!bunny) return
    bunny.dress({ ...bunny.player, away })
    this.report.changed()
  }

  /** @param {{ id: number, x: number, y: number }} hop */
  #follow({ id, x, y }) {
    const bunny = this.bunnies.get(id)
    if (!bunny) return
    Object.assign(bunny.player, { x, y })
    if (id !== this.you) return bunny.hopper.hopTo(x, y)
    const expected = this.#sent.shift()
    if (expected?.x === x && expected.y === y) return
    // The game thinks otherwise, and it is the game that counts.
    this.#sent = []
    bunny.hopper.moveTo(x, y)
  }

  /** @param {{ id: number, carrot: number, score: number, x: number, y: number }} meal */
  #eaten({ id, carrot, score, x, y }) {
    const bunny = this.bunnies.get(id)
    if (!bunny) return this.#lay(carrot, { x, y })
    // The game knows at take-off; it shall be seen at the landing.
    bunny.hopper.afterLanding(() => {
      const eaten = this.#carrots[carrot]?.sprite
      if (eaten && !this.#calm) this.particles.treat(eaten.x, eaten.y)
      this.#lay(carrot, { x, y })
      bunny.player.carrots = score
      this.report.changed()
    })
  }

  /**
   * Takes the next hop towards the goal, if the bunny is free to.
   *
   * @param {(Point & { marked: boolean }) | undefined} goal
   * @returns {boolean} whether it is there
   */
  head(goal) {
    const hopper = this.me?.hopper
    this.marker.visible = goal?.marked === true
    if (!hopper || !goal) return false
    const [left, top, right, bottom] = this.#bounds
    const x = Math.max(left, Math.min(right, goal.x))
    const y = Math.max(top, Math.min(bottom, goal.y))
    this.marker.position.set(x, y)
    if (hopper.busy) return false
    const distance = Math.hypot(x - hopper.x, y - hopper.y)
    if (distance < THERE) return true
    const part = Math.min(1, STRIDE / distance)
    const next = {
      x: Math.round(hopper.x + (x - hopper.x) * part),
      y: Math.round(hopper.y + (y - hopper.y) * part),
    }
    if (!this.report.hop(next.x, next.y)) return false
    this.#sent.push(next)
    hopper.hopTo(next.x, next.y)
    return false
  }

  /** @param {number} seconds @param {boolean} calm */
  step(seconds, calm) {
    this.#time += seconds
    this.#calm = calm
    for (const bunny of this.bunnies.values()) {
      if (bunny.step(seconds, calm) && !calm) this.#touchDown(bunny.hopper)
      bunny.label.step(seconds, calm)
    }
    for (const { sprite, shadow, phase } of this.#carrots) {
      const bob = calm ? 0 : Math.sin(this.#time * 2.2 + sprite.x + phase)
      sprite.pivot.y = 7 + bob * 4
      sprite.rotation = bob * 0.05
      shadow.alpha = 0.8 - bob * 0.15
    }
    this.marker.alpha = 0.75
    this.marker.scale.set((calm ? 1 : 1 + Math.sin(this.#time * 7) * 0.09) * 0.8 * depth(this.marker.y))
    this.particles.step(seconds)
  }

  /** @param {Point} at */
  #touchDown({ x, y }) {
    const { theme } = this.stage
    if (inPond(x, y)) this.particles.splash(x, y, depth(y), theme.water[0])
    else this.particles.dust(x, y, depth(y), [theme.blade[2], theme.ground[0]])
    this.stage.shake(x, y)
  }

  /** The light has changed: another room, or evening. */
  relight() {
    for (const bunny of this.bunnies.values()) bunny.light = this.stage.theme.light
    for (const { sprite } of this.#carrots) sprite.tint = this.stage.theme.light
  }

  clear() {
    for (const id of [...this.bunnies.keys()]) this.#forget(id, false)
    for (const { sprite, shadow } of this.#carrots) {
      sprite.destroy()
      shadow.destroy()
    }
    this.#carrots = []
    this.#sent = []
    this.you = 0
    this.marker.visible = false
  }
}
