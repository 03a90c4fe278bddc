import { Container, Sprite } from '/vendor/pixi.mjs'
import { atlas } from './atlas.js'
import { depth, inPond } from './backdrop.js'
import { bunnyPictures, GREY } from './fur.js'
import { Hopper } from './hopper.js'
import { Label } from './label.js'

/** @typedef {{ id: number, name: string, hue: number, carrots: number, x: number, y: number, away?: boolean }} Player */
/** @typedef {{ get: (name: string) => import('/vendor/pixi.mjs').Texture }} Pictures */

const DOZES_AFTER = 25
/** Shades of fur closer than this look the same, and share their textures. */
const HUE_STEP = 10

/** @type {Map<number, Pictures>} */
const furs = new Map()

/** @param {number} hue @returns {Pictures} */
function furOf(hue) {
  const shade = hue === GREY ? GREY : (Math.round(hue / HUE_STEP) * HUE_STEP) % 360
  const fur = furs.get(shade) ?? atlas(bunnyPictures(shade), 3)
  furs.set(shade, fur)
  return fur
}

/** A bunny as it is seen: it follows its hopper, and its ears follow it. */
export class Bunny {
  #facing = Math.random() < 0.5 ? 1 : -1
  #turned = this.#facing
  #squash = 0
  #ear = { at: 0, speed: 0 }
  #time = Math.random() * 9
  #parts

  /**
   * @param {Player} player
   * @param {Pictures} common
   * @param {boolean} mine
   */
  constructor(player, common, mine) {
    this.player = player
    this.hopper = new Hopper(player.x, player.y)
    this.label = new Label(common, mine)
    this.root = new Container()
    const shadow = new Sprite(common.get('shadow'))
    const figure = new Container()
    const head = new Container()
    const [body, foot, paw] = [new Sprite(), new Sprite(), new Sprite()]
    const [earBack, ear, face] = [new Sprite(), new Sprite(), new Sprite()]
    head.addChild(earBack, ear, face)
    figure.addChild(body, foot, head, paw)
    this.root.addChild(shadow, figure)
    this.#parts = { shadow, figure, head, body, foot, paw, earBack, ear, face }
    earBack.position.set(-9, -19)
    ear.position.set(10, -20)
    this.dress(player)
  }

  /** @param {Player} player */
  dress(player) {
    this.player = player
    const fur = this.#fur
    const { body, foot, earBack, ear, paw, face } = this.#parts
    put(body, fur.get('body'))
    put(foot, fur.get('foot'))
    put(earBack, fur.get('ear'))
    put(ear, fur.get('ear'))
    put(paw, fur.get('paw'))
    put(face, fur.get('head'))
    this.label.write(player.name)
  }

  get #fur() {
    return furOf(this.player.away ? GREY : this.player.hue)
  }

  get head() {
    return this.#fur.get('head')
  }

  /** @param {string} color what the light of the place multiplies */
  set light(color) {
    this.#parts.figure.tint = color
  }

  /**
   * @param {number} seconds
   * @param {boolean} calm no bouncing
   * @returns {boolean} whether it landed in this step
   */
  step(seconds, calm) {
    const { hopper } = this
    const before = hopper.x
    const landed = hopper.step(seconds)
    const dx = hopper.x - before
    if (Math.abs(dx) > 0.4) this.#facing = Math.sign(dx)
    if (landed) this.#squash = 1
    this.#time += seconds
    this.#turned += (this.#facing - this.#turned) * Math.min(1, seconds * 30)
    if (calm) this.#pose(0, 0, 0, 0)
    else this.#bounce(seconds)
    this.#place()
    return landed
  }

  /** @param {number} seconds */
  #bounce(seconds) {
    const { progress, span, busy } = this.hopper
    const arc = busy ? Math.sin(Math.PI * progress) : 0
    const height = arc * (10 + Math.min(1, span / 84) * 26)
    this.#squash = Math.max(0, this.#squash - seconds * 5.5)
    const landing = this.#squash ** 2 * Math.cos((1 - this.#squash) * 5) * 0.2
    const tilt = busy ? (progress - 0.42) * 0.5 * Math.min(1, span / 60) : 0
    this.#wiggle(seconds, busy ? Math.cos(Math.PI * progress) * 0.75 : 0)
    const breath = busy ? 0 : Math.sin(this.#time * 2.6) * 0.012
    this.#pose(height, arc * 0.13 - landing, tilt, breath)
  }

  /** Ears lag behind, as springs do. @param {number} seconds @param {number} pull */
  #wiggle(seconds, pull) {
    const ear = this.#ear
    // Two half steps: a spring this stiff would ring on a slow frame.
    for (let i = 0; i < 2; i++) {
      ear.speed += (-pull - ear.at) * 220 * (seconds / 2) - ear.speed * 13 * (seconds / 2)
      ear.at += ear.speed * (seconds / 2)
    }
    ear.at = Math.max(-1.2, Math.min(1.2, ear.at))
  }

  /** @param {number} height @param {number} stretch @param {number} tilt @param {number} breath */
  #pose(height, stretch, tilt, breath) {
    const { shadow, figure, head, foot, paw, ear, earBack, face } = this.#parts
    const tall = 1 + stretch + breath
    figure.y = -height
    figure.scale.set(this.#turned * (2 - tall), tall)
    figure.rotation = tilt * this.#turned
    const flight = Math.min(1, height / 24)
    foot.position.set(-10 - flight * 12, -6 - flight * 2)
    foot.rotation = flight * 0.7
    paw.position.set(16 + flight * 7, -5 - flight * 7)
    paw.rotation = -flight * 0.5
    const dozing = this.hopper.idle > DOZES_AFTER
    head.position.set(12, -60 + (dozing ? 6 : 0) - breath * 90)
    head.rotation = dozing ? 0.1 : -tilt * 0.5
    ear.rotation = 0.14 + this.#ear.at * 0.55 + (dozing ? 0.5 : 0)
    earBack.rotation = -0.26 + this.#ear.at * 0.7 - (dozing ? 0.4 : 0)
    const shut = dozing || this.#time % (3.1 + (this.player.id % 5) * 0.3) < 0.13
    put(face, this.#fur.get(shut ? 'doze' : 'head'))
    const wading = inPond(this.hopper.x, this.hopper.y)
    shadow.scale.set(1.15 - flight * 0.35)
    shadow.alpha = (wading ? 0.4 : 1) * (1 - flight * 0.45)
  }

  #place() {
    const { x, y } = this.hopper
    this.root.position.set(x, y)
    this.root.scale.set(depth(y))
    this.root.zIndex = y
  }

  destroy() {
    this.root.destroy({ children: true })
    this.label.root.destroy({ children: true })
  }
}

/**
 * A sprite keeps the anchor of its first texture; parts bring their own.
 *
 * @param {Sprite} sprite
 * @param {import('/vendor/pixi.mjs').Texture} texture
 */
function put(sprite, texture) {
  if (sprite.texture === texture) return
  sprite.texture = texture
  if (texture.defaultAnchor) sprite.anchor.copyFrom(texture.defaultAnchor)
}
