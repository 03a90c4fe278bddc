import { ImageSource, Texture } from '/vendor/pixi.mjs'
import { CARD, PAPER, paintBack, paintFace } from './faces.js'

/** Room for the shadow around a card, in the card's own units. */
export const HALO = 34

/** @typedef {(ctx: CanvasRenderingContext2D) => void} Paint */

/**
 * The pictures of cards at the size in which they are shown, painted when first wanted.
 *
 * @param {{ width: number, sharp: number, dark: boolean, back: import('./themes.js').Theme['back'] }} look `width` of a card in CSS pixels, `sharp` pixels to each
 */
export function createDeck({ width, sharp, dark, back }) {
  /** @type {Map<string, Texture>} */
  const made = new Map()
  const paper = PAPER[dark ? 'dark' : 'light']

  /** @param {string} key @param {number} wide in CSS pixels @param {number} margin @param {Paint} paint @returns {Texture} */
  function picture(key, wide, margin, paint) {
    const known = made.get(key)
    if (known) return known
    const scale = (wide * sharp) / CARD.width
    const element = document.createElement('canvas')
    element.width = Math.ceil((CARD.width + 2 * margin) * scale)
    element.height = Math.ceil((CARD.height + 2 * margin) * scale)
    const ctx = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d'))
    ctx.scale(scale, scale)
    ctx.translate(margin, margin)
    paint(ctx)
    const texture = new Texture({
      source: new ImageSource({ resource: element, resolution: scale, autoGenerateMipmaps: true }),
    })
    made.set(key, texture)
    return texture
  }

  return {
    width,
    /** @param {string} card */
    face: (card) => picture(card, width, 0, (ctx) => paintFace(ctx, card, paper)),
    /** @param {number} wide in CSS pixels: a small back has a picture of its own */
    back: (wide) => picture(`back ${Math.round(wide)}`, wide, 0, (ctx) => paintBack(ctx, paper, back)),
    get shadow() {
      return picture('shadow', width / 2, HALO, paintShadow)
    },
    get focus() {
      return picture('focus', width, HALO, (ctx) => paintFocus(ctx, dark))
    },
    get glow() {
      return picture('glow', width / 2, HALO, paintGlow)
    },
    destroy() {
      for (const texture of made.values()) texture.destroy(true)
      made.clear()
    },
  }
}

/** @typedef {ReturnType<typeof createDeck>} Deck */

/** @type {Paint} */
function paintShadow(ctx) {
  // The card itself is far off the canvas: only what it throws is painted.
  const off = 4000
  ctx.shadowColor = 'rgb(8 12 10 / 62%)'
  ctx.shadowBlur = 15 * ctx.getTransform().a
  ctx.shadowOffsetX = off * ctx.getTransform().a
  ctx.fillStyle = '#000'
  ctx.beginPath()
  ctx.roundRect(-off, 0, CARD.width, CARD.height, CARD.corner)
  ctx.fill()
}

/** @type {Paint} */
function paintGlow(ctx) {
  const off = 4000
  ctx.shadowColor = 'rgb(255 226 130 / 95%)'
  ctx.shadowBlur = 24 * ctx.getTransform().a
  ctx.shadowOffsetX = off * ctx.getTransform().a
  ctx.fillStyle = '#000'
  ctx.beginPath()
  ctx.roundRect(-off - 2, -2, CARD.width + 4, CARD.height + 4, CARD.corner + 2)
  ctx.fill()
}

/** A ring outside the card, dark and light, so that it is seen on any ground. @param {CanvasRenderingContext2D} ctx @param {boolean} dark */
function paintFocus(ctx, dark) {
  ctx.lineWidth = 9
  ctx.strokeStyle = dark ? '#0d1420' : '#ffffff'
  ctx.beginPath()
  ctx.roundRect(-4, -4, CARD.width + 8, CARD.height + 8, CARD.corner + 4)
  ctx.stroke()
  ctx.lineWidth = 5
  ctx.strokeStyle = dark ? '#9cc4ff' : '#1d5fd1'
  ctx.stroke()
}
