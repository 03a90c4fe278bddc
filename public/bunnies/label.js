import { Container, Graphics, Sprite, Text } from '/vendor/pixi.mjs'

const FONT = "ui-rounded, 'SF Pro Rounded', system-ui, 'Segoe UI', Roboto, sans-serif"
const SAYS_FOR = 2.6

/** What floats above a bunny at one size wherever it is: its name, and now and then what it says. */
export class Label {
  #pill = new Graphics()
  #says = new Sprite()
  #saying = 0
  #text
  width = 0

  /**
   * @param {{ get: (name: string) => import('/vendor/pixi.mjs').Texture }} common
   * @param {boolean} mine
   */
  constructor(common, mine) {
    this.common = common
    this.mine = mine
    this.root = new Container()
    this.#text = new Text({
      text: '',
      anchor: 0.5,
      resolution: Math.max(2, window.devicePixelRatio),
      style: { fontFamily: FONT, fontSize: 14, fontWeight: '700', fill: mine ? '#16241b' : '#ffffff' },
    })
    this.#says.visible = false
    this.#says.y = -16
    this.root.addChild(this.#pill, this.#text, this.#says)
  }

  get speaks() {
    return this.#saying > 0
  }

  /** @param {string} name */
  write(name) {
    if (this.#text.text === name) return
    this.#text.text = name
    this.width = this.#text.width + 18
    this.#pill
      .clear()
      .roundRect(-this.width / 2, -12, this.width, 24, 12)
      .fill(this.mine ? { color: '#ffffff', alpha: 0.94 } : { color: '#16202b', alpha: 0.74 })
  }

  /** @param {string} emote */
  say(emote) {
    const texture = this.common.get(emote)
    this.#says.texture = texture
    if (texture.defaultAnchor) this.#says.anchor.copyFrom(texture.defaultAnchor)
    this.#saying = SAYS_FOR
  }

  /** @param {number} seconds @param {boolean} calm */
  step(seconds, calm) {
    this.#saying = Math.max(0, this.#saying - seconds)
    this.#says.visible = this.#saying > 0
    if (!this.#saying) return
    const age = SAYS_FOR - this.#saying
    const pop = calm ? 1 : 1 - Math.exp(-age * 9) * Math.cos(age * 16)
    this.#says.scale.set(pop * Math.min(1, this.#saying * 6))
    this.#says.rotation = calm ? 0 : Math.sin(age * 5) * 0.06
  }
}
