import { drawSuit } from './glyphs.js'

const GOLD = '#e3ae3a'
const DEEP_GOLD = '#b57d15'
const SKIN = { D: '#f3cba6', C: '#a9714b', H: '#f7d9bd', S: '#d9a173' }
const HAIR = { D: '#7a4a24', C: '#26201f', H: '#c4572a', S: '#4b3b35' }

/**
 * A court in the corner of its card: a bust in flat colours, its robe in the suit's.
 *
 * @param {CanvasRenderingContext2D} ctx in a card's units, clipped to it
 * @param {string} rank J, Q or K
 * @param {string} suit
 * @param {string} ink
 */
export function drawCourt(ctx, rank, suit, ink) {
  const who = {
    skin: SKIN[/** @type {keyof typeof SKIN} */ (suit)],
    hair: HAIR[/** @type {keyof typeof HAIR} */ (suit)],
    ink,
    suit,
  }
  ctx.save()
  ctx.translate(64, 84)
  halo(ctx, ink)
  if (rank === 'K') king(ctx, who)
  else if (rank === 'Q') queen(ctx, who)
  else jack(ctx, who)
  ctx.restore()
}

/** @typedef {{ skin: string, hair: string, ink: string, suit: string }} Who */

/** @param {CanvasRenderingContext2D} ctx @param {string} d @param {string} color */
function fill(ctx, d, color) {
  ctx.fillStyle = color
  ctx.fill(new Path2D(d))
}

/** @param {CanvasRenderingContext2D} ctx @param {string} d @param {string} color @param {number} width */
function line(ctx, d, color, width) {
  ctx.strokeStyle = color
  ctx.lineWidth = width
  ctx.lineCap = 'round'
  ctx.lineJoin = 'round'
  ctx.stroke(new Path2D(d))
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} r @param {string} color */
function dot(ctx, x, y, r, color) {
  ctx.beginPath()
  ctx.arc(x, y, r, 0, Math.PI * 2)
  ctx.fillStyle = color
  ctx.fill()
}

/** @param {CanvasRenderingContext2D} ctx @param {string} ink */
function halo(ctx, ink) {
  ctx.globalAlpha = 0.1
  dot(ctx, 0, 6, 42, ink)
  ctx.globalAlpha = 1
}

/** The robe, its collar and the suit as a clasp. @param {CanvasRenderingContext2D} ctx @param {Who} who @param {string} collar */
function robe(ctx, { ink, suit, skin }, collar) {
  fill(ctx, 'M-34 60C-34 36-22 27-8 23.5H8C22 27 34 36 34 60Z', ink)
  ctx.globalAlpha = 0.18
  fill(ctx, 'M-34 60C-34 36-22 27-8 23.5L-14 60Z', '#ffffff')
  fill(ctx, 'M34 60C34 36 22 27 8 23.5L14 60Z', '#000000')
  ctx.globalAlpha = 1
  fill(ctx, 'M-6.5 14H6.5V25C6.5 29-6.5 29-6.5 25Z', shade(skin))
  fill(ctx, 'M-15 25.5-7.5 21C-5 29.5 5 29.5 7.5 21L15 25.5C10 35.5-10 35.5-15 25.5Z', collar)
  dot(ctx, 0, 40.5, 8.4, '#fffaf0')
  ctx.fillStyle = ink
  drawSuit(ctx, suit, 0, 40.5, 11.5)
}

/** @param {CanvasRenderingContext2D} ctx @param {Who} who */
function face(ctx, { skin }) {
  fill(ctx, 'M-13 -3C-13-13 13-13 13-3V4C13 13 6 19.5 0 19.5S-13 13-13 4Z', skin)
  ctx.globalAlpha = 0.12
  fill(ctx, 'M3-10C13-10 13-6 13-3V4C13 13 6 19.5 0 19.5 7 12 8 2 3-10Z', '#7a2d10')
  ctx.globalAlpha = 1
  dot(ctx, -5, 1.5, 1.5, '#33231c')
  dot(ctx, 5, 1.5, 1.5, '#33231c')
}

/** @param {CanvasRenderingContext2D} ctx @param {Who} who */
function king(ctx, who) {
  fill(ctx, 'M-16-6C-17 6-16 12-13 16L13 16C16 12 17 6 16-6Z', who.hair)
  robe(ctx, who, '#fff6e2')
  for (const x of [-9.5, -3.2, 3.2, 9.5]) dot(ctx, x, 29.7 - Math.abs(x) * 0.22, 1.1, '#2b2b33')
  face(ctx, who)
  fill(ctx, 'M-13 3C-9.5 7-6 7.5 0 7.5S9.5 7 13 3V8C13 17 7 25.5 0 27-7 25.5-13 17-13 8Z', who.hair)
  fill(ctx, 'M-4.5 11.2C-2 12.8 2 12.8 4.5 11.2 3 14.2-3 14.2-4.5 11.2Z', '#b5483c')
  line(ctx, 'M-7.5-2.8-3.2-2.3M7.5-2.8 3.2-2.3', who.hair, 1.7)
  crown(ctx, 'M-16-8-19.5-26-9.5-18 0-31 9.5-18 19.5-26 16-8Z', who.ink)
  for (const [x, y] of /** @type {const} */ ([
    [-19.5, -27],
    [0, -32],
    [19.5, -27],
  ]))
    dot(ctx, x, y, 2.7, who.ink)
}

/** @param {CanvasRenderingContext2D} ctx @param {string} d @param {string} jewel */
function crown(ctx, d, jewel) {
  fill(ctx, d, GOLD)
  fill(ctx, 'M-16-8-16.6-11.5C-8-8.5 8-8.5 16.6-11.5L16-8C8-4.8-8-4.8-16-8Z', DEEP_GOLD)
  dot(ctx, 0, -13.8, 2.5, jewel)
  dot(ctx, -9, -14, 1.6, '#fffaf0')
  dot(ctx, 9, -14, 1.6, '#fffaf0')
}

/** @param {CanvasRenderingContext2D} ctx @param {Who} who */
function queen(ctx, who) {
  fill(
    ctx,
    'M0-17C-19-17-19 0-19 8-19 18-23 24-20 32-13 36-9 30-8 22L8 22C9 30 13 36 20 32 23 24 19 18 19 8 19 0 19-17 0-17Z',
    who.hair,
  )
  robe(ctx, who, GOLD)
  face(ctx, who)
  fill(ctx, 'M-13.5 3C-14-8-6-9 0-12.5 6-9 14-8 13.5 3 16-2 16-14 0-16-16-14-16-2-13.5 3Z', who.hair)
  line(ctx, 'M-7.8-1.6C-6.5-3.2-4-3.2-3-2M7.8-1.6C6.5-3.2 4-3.2 3-2', '#4a2f22', 1.2)
  fill(ctx, 'M-3.8 9.8C-2 8.8-1 8.8 0 9.5 1 8.8 2 8.8 3.8 9.8 2 12.8-2 12.8-3.8 9.8Z', '#c23a4a')
  ctx.globalAlpha = 0.35
  dot(ctx, -8, 6.5, 2.7, '#e2686a')
  dot(ctx, 8, 6.5, 2.7, '#e2686a')
  ctx.globalAlpha = 1
  fill(ctx, 'M-14-12C-14-20-11-22-9-26-6-21-3-21 0-30 3-21 6-21 9-26 11-22 14-20 14-12 8-15-8-15-14-12Z', GOLD)
  line(ctx, 'M-14-12.5C-8-15.6 8-15.6 14-12.5', DEEP_GOLD, 2.2)
  for (const [x, y] of /** @type {const} */ ([
    [-9, -27],
    [0, -31.5],
    [9, -27],
  ]))
    dot(ctx, x, y, 2.3, '#fffaf0')
  dot(ctx, 0, -19, 2.4, who.ink)
}

/** @param {CanvasRenderingContext2D} ctx @param {Who} who */
function jack(ctx, who) {
  fill(ctx, 'M-16-5C-18 8-17 14-14 18-10 20 10 20 14 18 17 14 18 8 16-5Z', who.hair)
  robe(ctx, who, '#f2e6cf')
  face(ctx, who)
  fill(ctx, 'M-13.5 2C-13-4-6-5-2-9 3-5 12-6 13.5 2 16-4 15-13 0-13S-16-4-13.5 2Z', who.hair)
  line(ctx, 'M-7.5-1.8-3.4-2.2M7.5-1.8 3.4-2.2', who.hair, 1.5)
  line(ctx, 'M-4 10.5C-1.5 12.6 2.5 12.4 4.4 9.8', '#a8473a', 1.6)
  fill(ctx, 'M-18-9C-20-20-8-26 4-25 16-24 21-16 17-8 8-12.5-8-13-18-9Z', who.ink)
  ctx.globalAlpha = 0.2
  fill(ctx, 'M-18-9C-20-20-8-26 4-25-6-22-10-17-10-11.3Z', '#ffffff')
  ctx.globalAlpha = 1
  line(ctx, 'M-18-8.6C-8-12.8 8-12.4 17-7.8', DEEP_GOLD, 3)
  fill(ctx, 'M9-18C14-26 22-36 32-37 33-29 26-20 11-15Z', GOLD)
  line(ctx, 'M10-16C16-24 22-30 30-35', DEEP_GOLD, 1.2)
  dot(ctx, 10, -16, 2.7, '#fffaf0')
}

/** @param {string} hex a little darker, as under a chin */
function shade(hex) {
  const value = Number.parseInt(hex.slice(1), 16)
  return `rgb(${[value >> 16, (value >> 8) & 255, value & 255].map((c) => Math.round(c * 0.86)).join(' ')})`
}
