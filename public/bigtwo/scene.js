import { Card } from './card.js'
import { createDeck } from './deck.js'
import { Hand } from './hand.js'
import { fan, PLACES, pileSlots } from './layout.js'
import { Sparks } from './sparks.js'
import { themeOf } from './themes.js'

/** @typedef {import('./layout.js').Place} Place */
/** @typedef {import('./table.js').Line} Line */

const DEAL = 0.05
/** So long the last pass can be seen before a trick is swept away. */
const LINGER = 0.45

/** The cards: what the table knows, and the ways between. */
export class Scene {
  /** @type {Record<Place, Card[]>} */
  #fans = { bottom: [], left: [], top: [], right: [] }
  /** Plays on the table, the one to beat last. @type {{ place: Place, cards: Card[] }[]} */
  #pile = []
  /** On their way off the table. @type {Set<Card>} */
  #leaving = new Set()
  /** Where the next cards are dealt from; false while nobody deals. */
  #dealing = false

  /**
   * @param {import('./stage.js').Stage} stage
   * @param {import('./table.js').Table} table
   * @param {{ dark: () => boolean, calm: () => boolean, room: () => string, moved: () => void }} page
   */
  constructor(stage, table, page) {
    this.stage = stage
    this.table = table
    this.page = page
    this.layout = stage.layout()
    this.hand = new Hand(stage.layers.hand)
    this.sparks = new Sparks(stage.layers.sparks)
    this.keyboard = false
    this.deck = this.#newDeck()
    stage.onStep((seconds) => this.#step(seconds))
    stage.onResize(() => this.measure())
  }

  #newDeck() {
    const theme = themeOf(this.page.room(), this.page.dark())
    return createDeck({
      width: this.layout.card.width,
      sharp: this.stage.sharp,
      dark: this.page.dark(),
      back: theme.back,
    })
  }

  /** The window, the scheme or the room is another. */
  measure() {
    const { stage, page } = this
    this.layout = stage.layout()
    const old = this.deck
    this.deck = this.#newDeck()
    for (const card of this.#all()) card.deck = this.deck
    stage.felt.paint(this.layout, themeOf(page.room(), page.dark()))
    this.settle()
    // Drawn anew before the old pictures go.
    this.#step(0.001)
    old.destroy()
    page.moved()
  }

  *#all() {
    yield* this.hand.cards
    yield* this.#leaving
    for (const { cards } of this.#pile) yield* cards
    for (const place of PLACES) yield* this.#fans[place]
  }

  /** @param {number} seat @returns {Place} */
  place(seat) {
    return PLACES[(seat - (this.table.you ?? 0) + 4) % 4] ?? 'bottom'
  }

  /** Everything is where the table has it, at once. */
  settle() {
    const { table, layout, deck } = this
    for (const card of this.#leaving) card.destroy()
    this.#leaving.clear()
    for (const { cards } of this.#pile) for (const card of cards) card.destroy()
    this.#pile = []
    this.hand.deal(table.hand, deck)
    this.hand.arrange(layout, { instant: true, keyboard: this.keyboard })
    this.#fill(true)
    if (table.trick)
      this.#lay(
        table.trick.seat,
        table.trick.cards.map((name) => new Card(deck, name)),
        true,
      )
    this.stage.wake()
  }

  /** @param {Line} line which the table has heard */
  follow(line) {
    const { table } = this
    switch (line.t) {
      case 'Table':
        this.hand.chosen.clear()
        this.settle()
        break
      case 'Seats':
        this.#fill(false)
        break
      case 'Deal':
        this.#sweep(this.layout.pile, 0)
        this.hand.deal([], this.deck)
        for (const place of PLACES) for (const card of this.#fans[place].splice(0)) card.destroy()
        this.#dealing = true
        this.#fill(false)
        break
      case 'Hand':
        this.hand.deal(line.cards, this.deck, this.#dealing ? this.#stock() : undefined)
        this.#dealing = false
        this.rearrange()
        break
      case 'Played':
        this.#play(line.seat, line.cards)
        break
      case 'Trick':
        this.#sweep(this.layout.chairs[this.place(line.seat)], LINGER)
        break
      case 'Over':
        if (line.winner === table.you && !this.page.calm()) this.sparks.burst(this.layout)
        break
      default:
        return
    }
    this.stage.wake()
  }

  rearrange() {
    this.hand.arrange(this.layout, { keyboard: this.keyboard })
    this.stage.wake()
  }

  /** Where cards lie before they are dealt. */
  #stock() {
    const { pile, card } = this.layout
    return { x: pile.x, y: pile.y, scale: pile.width / card.width, height: 0.6 }
  }

  /** The others' cards, as many as they have. @param {boolean} instant */
  #fill(instant) {
    const { table, layout, deck, stage } = this
    const scale = layout.fan.width / deck.width
    for (const seat of table.counts.keys()) {
      const place = this.place(seat)
      const cards = this.#fans[place]
      const mine = seat === table.you
      const count = mine || table.phase === 'waiting' ? 0 : (table.counts[seat] ?? 0)
      for (const card of cards.splice(count)) card.destroy()
      while (cards.length < count) {
        const card = new Card(deck, '').put(this.#stock())
        card.wait = (cards.length * 4 + PLACES.indexOf(place)) * DEAL * 0.3
        cards.push(card)
        stage.layers.fans.addChild(card.root)
      }
      for (const [i, slot] of fan(layout, place, count).entries()) {
        const pose = { ...slot, scale }
        if (instant) cards[i]?.put(pose)
        else cards[i]?.go(pose, { pace: 9, wait: cards[i]?.wait ?? 0 })
      }
    }
  }

  /** @param {number} seat @param {string[]} names */
  #play(seat, names) {
    const place = this.place(seat)
    const own = seat === this.table.you ? this.hand.take(names) : []
    if (own.length > 0) {
      this.#lay(seat, own, false)
      this.rearrange()
      return
    }
    const from = this.#fans[place].splice(-names.length)
    const at = from[0] ?? this.layout.chairs[place]
    const scale = this.layout.fan.width / this.deck.width
    const cards = names.map((name) =>
      new Card(this.deck, name).put({ x: at.x, y: at.y, scale, height: 1 }).show(false, true),
    )
    for (const card of from) card.destroy()
    this.#lay(seat, cards, false)
    this.#fill(false)
  }

  /** @param {number} seat @param {Card[]} cards @param {boolean} instant */
  #lay(seat, cards, instant) {
    const place = this.place(seat)
    this.#pile.push({ place, cards })
    const depth = this.#pile.length
    for (const [i, play] of this.#pile.entries()) this.#put(play, depth - 1 - i, instant)
    for (const { cards } of this.#pile.splice(0, Math.max(0, depth - 2))) this.#dismiss(cards, {})
  }

  /** @param {{ place: Place, cards: Card[] }} play @param {number} depth @param {boolean} instant */
  #put({ place, cards }, depth, instant) {
    for (const [i, slot] of pileSlots(this.layout, place, cards.length, depth).entries()) {
      const card = cards[i]
      if (!card) continue
      if (depth === 0) this.stage.layers.pile.addChild(card.root)
      card.glow(depth === 0 ? this.stage.layers.glow : undefined)
      card.dim(depth > 0)
      if (instant) card.put(slot).show(true, true)
      else card.go(slot, { pace: depth === 0 ? 11 : 9, wait: depth === 0 ? i * 0.045 : 0 }).show(true)
    }
  }

  /** The trick goes to who won it. @param {{ x: number, y: number }} to @param {number} wait */
  #sweep(to, wait) {
    for (const { cards } of this.#pile.splice(0)) this.#dismiss(cards, { to, wait })
  }

  /** @param {Card[]} cards @param {{ to?: { x: number, y: number }, wait?: number }} how without `to` they fade where they lie */
  #dismiss(cards, { to, wait = 0 }) {
    for (const [i, card] of cards.entries()) {
      card.glow(undefined)
      this.#leaving.add(card)
      const { x, y } = to ?? card.goal
      card.go(
        { x, y, scale: to ? 0.3 : 0.8, turn: to ? 0.5 : 0, alpha: 0 },
        {
          pace: 9,
          wait: wait + i * 0.03,
          arrived: () => {
            this.#leaving.delete(card)
            card.destroy()
          },
        },
      )
    }
  }

  /** @param {number} seconds */
  #step(seconds) {
    const calm = this.page.calm()
    let moves = false
    for (const card of [...this.#all()]) moves = card.step(seconds, calm) || moves
    return this.sparks.step(seconds, this.layout) || moves
  }

  /** For tests: where each card can be tapped. */
  touchable() {
    return this.hand.cards.map(({ name }, i) => ({
      card: name,
      ...this.hand.touchPoint(this.layout, i),
      selected: this.hand.chosen.has(name),
    }))
  }
}
