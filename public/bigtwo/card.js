import { Container, Sprite } from '/vendor/pixi.mjs'
import { CARD } from './faces.js'
import { Spring } from './motion.js'

/** @typedef {{ x: number, y: number, turn?: number, scale?: number, alpha?: number, height?: number }} Pose `height` over the table, which its shadow shows: 0 to 1 */

/** A card in motion: where it is, where it goes, and which of its sides is up. */
export class Card {
  root = new Container()
  /** Seconds until it sets out. */
  wait = 0
  #shadow = new Sprite({ anchor: 0.5 })
  #glow = new Sprite({ anchor: 0.5, visible: false })
  #side = new Sprite({ anchor: 0.5 })
  #focus = new Sprite({ anchor: 0.5, visible: false })
  #x = new Spring(0)
  #y = new Spring(0)
  #turn = new Spring(0)
  #scale = new Spring(1)
  #alpha = new Spring(1, 16)
  #height = new Spring(0, 14)
  /** 0 shows the back, 1 the face. */
  #flip = new Spring(1, 11)
  /** @type {(() => void) | undefined} */
  #arrived

  /**
   * @param {import('./deck.js').Deck} deck
   * @param {string} name as in the game's lines; empty for a card that nobody may see
   */
  constructor(deck, name) {
    this.name = name
    this.deck = deck
    this.root.addChild(this.#shadow, this.#side, this.#focus)
    if (!name) this.#flip.set(0)
  }

  get x() {
    return this.#x.value
  }

  get y() {
    return this.#y.value
  }

  get goal() {
    return { x: this.#x.goal, y: this.#y.goal }
  }

  /** @param {Pose} pose to be there at once */
  put({ x, y, turn = 0, scale = 1, alpha = 1, height = 0 }) {
    this.#x.set(x)
    this.#y.set(y)
    this.#turn.set(turn)
    this.#scale.set(scale)
    this.#alpha.set(alpha)
    this.#height.set(height)
    this.wait = 0
    return this
  }

  /**
   * @param {Pose} pose
   * @param {{ wait?: number, pace?: number, arrived?: () => void }} [how] `wait` in seconds
   */
  go({ x, y, turn = 0, scale = 1, alpha = 1, height = 0 }, { wait = 0, pace = 12, arrived } = {}) {
    this.#x.goal = x
    this.#y.goal = y
    this.#turn.goal = turn
    this.#scale.goal = scale
    this.#alpha.goal = alpha
    this.#height.goal = height
    this.#x.pace = this.#y.pace = this.#turn.pace = this.#scale.pace = pace
    this.wait = wait
    this.#arrived = arrived
    return this
  }

  /** @param {boolean} up @param {boolean} [atOnce] */
  show(up, atOnce = false) {
    this.#flip.goal = up ? 1 : 0
    if (atOnce) this.#flip.set(this.#flip.goal)
    return this
  }

  /** A jolt to the side: no. */
  shake() {
    this.#x.velocity = 900 * (Math.random() < 0.5 ? -1 : 1)
  }

  /** @param {boolean} on */
  set focused(on) {
    this.#focus.visible = on
  }

  /** Light around the card, under all cards of its play. @param {Container | undefined} layer without it there is none */
  glow(layer) {
    this.#glow.visible = layer !== undefined
    if (layer) layer.addChild(this.#glow)
    else this.#glow.removeFromParent()
  }

  /** It lies under another play. @param {boolean} on */
  dim(on) {
    this.#side.tint = on ? 0xa4a8a2 : 0xffffff
  }

  /** @param {number} seconds @param {boolean} calm @returns {boolean} whether it still moves */
  step(seconds, calm) {
    if (this.wait > 0 && !calm) {
      this.wait -= seconds
      if (this.wait > 0) {
        this.#draw()
        return true
      }
    }
    let moves = false
    for (const [spring, near] of /** @type {const} */ ([
      [this.#x, 0.2],
      [this.#y, 0.2],
      [this.#turn, 0.001],
      [this.#scale, 0.002],
      [this.#alpha, 0.01],
      [this.#height, 0.01],
      [this.#flip, 0.01],
    ])) {
      if (calm) spring.set(spring.goal)
      else moves = spring.step(seconds, near) || moves
    }
    this.#draw()
    if (!moves && this.#arrived) {
      const arrived = this.#arrived
      this.#arrived = undefined
      arrived()
    }
    return moves
  }

  #draw() {
    const { root, deck } = this
    const scale = (deck.width * this.#scale.value) / CARD.width
    const up = this.#flip.value
    const height = this.#height.value + Math.sin(Math.min(1, Math.max(0, up)) * Math.PI) * 0.5
    // Whole pixels at rest keep letters crisp.
    root.position.set(this.#x.value, this.#y.value)
    root.rotation = this.#turn.value
    root.alpha = Math.max(0, Math.min(1, this.#alpha.value))
    root.visible = root.alpha > 0.01
    const face = up > 0.5 && this.name !== ''
    this.#side.texture = face
      ? deck.face(this.name)
      : deck.back(deck.width * (this.#scale.value > this.#scale.goal * 1.2 ? 1 : this.#scale.goal))
    const grown = scale * (1 + height * 0.05)
    this.#side.scale.set(grown * Math.max(0.03, Math.abs(Math.cos(up * Math.PI))), grown)
    this.#shadow.texture = deck.shadow
    this.#shadow.scale.set(
      scale * (1 + height * 0.06) * Math.max(0.1, Math.abs(Math.cos(up * Math.PI))),
      scale * (1 + height * 0.06),
    )
    this.#shadow.alpha = 0.85 - height * 0.3
    // The light comes from above, whichever way the card is turned.
    const fall = (2.5 + height * 13) * Math.max(0.5, scale)
    this.#shadow.position.set(Math.sin(root.rotation) * fall, Math.cos(root.rotation) * fall)
    if (this.#focus.visible) {
      this.#focus.texture = deck.focus
      this.#focus.scale.set(grown)
    }
    if (this.#glow.visible) {
      this.#glow.texture = deck.glow
      this.#glow.scale.set(grown)
      this.#glow.position.copyFrom(root.position)
      this.#glow.rotation = root.rotation
      this.#glow.alpha = Math.max(0, 1 - height * 1.5)
    }
  }

  destroy() {
    this.#glow.destroy()
    this.root.destroy({ children: true })
  }
}
