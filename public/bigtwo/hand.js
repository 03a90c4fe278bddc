import { Card } from './card.js'
import { byRank, bySuit } from './legal.js'

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {import('./card.js').Pose} Pose */

const TAKE = 0.055

/** The player's own cards: their order, which are chosen, and where the keyboard is. */
export class Hand {
  /** As they lie, from the left. @type {Card[]} */
  cards = []
  /** @type {Set<string>} */
  chosen = new Set()
  /** @type {'rank' | 'suit'} */
  order = 'rank'
  /** The card that the keyboard is at; -1 for none. */
  cursor = -1
  /** @type {Card | undefined} */
  hovered
  /** How far the chosen cards are pulled. @type {{ x: number, y: number } | undefined} */
  pull

  /** @param {import('/vendor/pixi.mjs').Container} layer */
  constructor(layer) {
    this.layer = layer
  }

  get names() {
    return this.cards.map(({ name }) => name)
  }

  /** The chosen cards, lowest first. */
  get choice() {
    return byRank([...this.chosen])
  }

  /**
   * @param {string[]} names
   * @param {import('./deck.js').Deck} deck
   * @param {Pose} [from] where they come from, one after the other; without it they are there
   */
  deal(names, deck, from) {
    const held = new Map(this.cards.map((card) => [card.name, card]))
    const cards = this.#sorted(names).map((name, i) => {
      const known = held.get(name)
      held.delete(name)
      if (known) return known
      const card = new Card(deck, name)
      if (from) card.put(from).show(false, true).wait = i * TAKE
      return card
    })
    for (const card of held.values()) card.destroy()
    this.cards = cards
    for (const name of this.chosen) if (!names.includes(name)) this.chosen.delete(name)
    this.layer.removeChildren()
    for (const card of cards) this.layer.addChild(card.root)
    this.cursor = Math.min(this.cursor, cards.length - 1)
    this.hovered = undefined
    this.pull = undefined
  }

  /** @param {string[]} names @returns {Card[]} those cards, which are no longer of the hand */
  take(names) {
    const taken = names.flatMap((name) => this.cards.find((card) => card.name === name) ?? [])
    this.cards = this.cards.filter((card) => !taken.includes(card))
    for (const card of taken) {
      this.chosen.delete(card.name)
      card.focused = false
      card.root.removeFromParent()
    }
    this.pull = undefined
    this.hovered = undefined
    this.cursor = Math.min(this.cursor, this.cards.length - 1)
    return taken
  }

  /** @param {'rank' | 'suit'} order */
  sort(order) {
    this.order = order
    const at = this.cards[this.cursor]
    const names = this.#sorted(this.names)
    this.cards.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name))
    for (const card of this.cards) this.layer.addChild(card.root)
    if (at) this.cursor = this.cards.indexOf(at)
  }

  /** @param {string[]} names */
  #sorted(names) {
    return this.order === 'rank' ? byRank(names) : bySuit(names)
  }

  /** @param {Layout} layout @param {{ instant?: boolean, keyboard?: boolean, pace?: number }} [how] */
  arrange(layout, { instant = false, keyboard = false, pace = 15 } = {}) {
    const slots = layout.hand(this.cards.length)
    let pulled = 0
    const count = this.chosen.size
    for (const [i, card] of this.cards.entries()) {
      const slot = slots[i]
      if (!slot) continue
      const chosen = this.chosen.has(card.name)
      const up = (chosen ? layout.lift : 0) + (card === this.hovered && !this.pull ? layout.lift * 0.36 : 0)
      let pose = {
        x: slot.x + Math.sin(slot.turn) * up,
        y: slot.y - Math.cos(slot.turn) * up,
        turn: slot.turn,
        height: chosen ? 0.4 : up ? 0.15 : 0,
      }
      if (chosen && this.pull) {
        // They gather under the finger.
        const off = (pulled++ - (count - 1) / 2) * layout.card.width * 0.34
        pose = { x: this.pull.x + off, y: this.pull.y, turn: off * 0.0012, height: 1 }
      }
      card.focused = keyboard && i === this.cursor
      if (instant) card.put(pose).show(true, true)
      else card.go(pose, { pace: this.pull ? 26 : pace, wait: card.wait }).show(true)
    }
  }

  /**
   * @param {Layout} layout
   * @param {number} x
   * @param {number} y
   */
  at(layout, x, y) {
    const slots = layout.hand(this.cards.length)
    const { width, height } = layout.card
    for (let i = this.cards.length - 1; i >= 0; i--) {
      const [card, slot] = [this.cards[i], slots[i]]
      if (!card || !slot) continue
      const dx = (x - slot.x) * Math.cos(slot.turn) + (y - slot.y) * Math.sin(slot.turn)
      const dy = (y - slot.y) * Math.cos(slot.turn) - (x - slot.x) * Math.sin(slot.turn)
      // A lifted card is still there where it was lifted from.
      const top = -height / 2 - (this.chosen.has(card.name) ? layout.lift : 0)
      if (Math.abs(dx) <= width / 2 && dy >= top && dy <= height / 2) return card
    }
    return undefined
  }

  /** Where a tap meets this card and no other. @param {Layout} layout @param {number} i */
  touchPoint(layout, i) {
    const slots = layout.hand(this.cards.length)
    const slot = slots[i]
    const next = slots[i + 1]
    if (!slot) return { x: 0, y: 0 }
    const { width, height } = layout.card
    const free =
      next && next.y === slot.y && next.turn === slot.turn
        ? next.x - slot.x
        : next && layout.kind !== 'tall'
          ? next.x - slot.x
          : width
    const x = -width / 2 + Math.min(width, free) / 2
    const y = -height * 0.32
    return {
      x: slot.x + x * Math.cos(slot.turn) - y * Math.sin(slot.turn),
      y: slot.y + y * Math.cos(slot.turn) + x * Math.sin(slot.turn),
    }
  }
}
