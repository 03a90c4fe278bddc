import { drawCourt } from './courts.js'
import { drawRank, drawSuit, INK, rankGlyph, STROKE } from './glyphs.js'

/** A card in its own units: everything is painted at this size and scaled. */
export const CARD = { width: 100, height: 142, corner: 11 }

/** @typedef {{ paper: string, shade: string, edge: string }} Paper */
/** @type {Record<'light' | 'dark', Paper>} */
export const PAPER = {
  light: { paper: '#fffefa', shade: '#f3efe4', edge: '#cfc8b6' },
  dark: { paper: '#f3efe6', shade: '#dfd9cb', edge: '#a39c8b' },
}

const INDEX = { x: 11, y: 13, height: 31, middle: 20.5, suit: 25 }

/** @param {CanvasRenderingContext2D} ctx @param {number} inset */
function outline(ctx, inset) {
  ctx.beginPath()
  ctx.roundRect(inset, inset, CARD.width - 2 * inset, CARD.height - 2 * inset, CARD.corner - inset * 0.8)
}

/** @param {CanvasRenderingContext2D} ctx @param {Paper} paper */
function sheet(ctx, { paper, shade, edge }) {
  const light = ctx.createLinearGradient(0, 0, CARD.width * 0.4, CARD.height)
  light.addColorStop(0, paper)
  light.addColorStop(0.55, paper)
  light.addColorStop(1, shade)
  outline(ctx, 0)
  ctx.fillStyle = edge
  ctx.fill()
  outline(ctx, 0.9)
  ctx.fillStyle = light
  ctx.fill()
}

/**
 * The front of a card: a large index at the left, which a fanned hand leaves free, and the picture beside it.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} card as the game writes it, `TS` is the ten of spades
 * @param {Paper} paper
 */
export function paintFace(ctx, card, paper) {
  const [rank = '3', suit = 'D'] = card
  const ink = INK[suit] ?? '#000'
  sheet(ctx, paper)
  ctx.save()
  outline(ctx, 1)
  ctx.clip()
  ctx.fillStyle = ink
  ctx.strokeStyle = ink
  if ('JQK'.includes(rank)) drawCourt(ctx, rank, suit, ink)
  else if (rank === 'A' || rank === '2') great(ctx, rank, suit, ink)
  else number(ctx, suit, ink)
  ctx.restore()
  ctx.fillStyle = ink
  ctx.strokeStyle = ink
  index(ctx, rank, suit)
}

/** @param {CanvasRenderingContext2D} ctx @param {string} rank @param {string} suit */
function index(ctx, rank, suit) {
  const { height, middle, y } = INDEX
  const squeeze = rank === 'T' ? 0.86 : 1
  const width = (rankGlyph(rank).width * height * squeeze) / 14
  ctx.save()
  ctx.translate(middle + (rank === 'T' ? 1 : 0) - width / 2, y)
  ctx.scale(squeeze, 1)
  drawRank(ctx, rank, 0, 0, height, 0.98)
  ctx.restore()
  drawSuit(ctx, suit, middle, y + height + (STROKE * height) / 28 + 5 + INDEX.suit / 2, INDEX.suit)
}

/** @param {CanvasRenderingContext2D} ctx @param {string} suit @param {string} ink */
function number(ctx, suit, ink) {
  ctx.fillStyle = sheen(ctx, ink, 64)
  drawSuit(ctx, suit, 61, 98, 68)
}

/** The two highest ranks wear a wreath of rays. @param {CanvasRenderingContext2D} ctx @param {string} rank @param {string} suit @param {string} ink */
function great(ctx, rank, suit, ink) {
  ctx.save()
  ctx.translate(61, 99)
  const rays = rank === '2' ? 24 : 16
  ctx.lineCap = 'round'
  for (let i = 0; i < rays; i++) {
    ctx.save()
    ctx.rotate((i / rays) * Math.PI * 2)
    const long = i % 2 === 0
    ctx.strokeStyle = rank === '2' ? '#d9a531' : ink
    ctx.globalAlpha = rank === '2' ? 1 : 0.32
    ctx.lineWidth = long ? 2 : 1.4
    ctx.beginPath()
    ctx.moveTo(0, -29.5)
    ctx.lineTo(0, long ? -35 : -32.5)
    ctx.stroke()
    ctx.restore()
  }
  ctx.restore()
  if (rank === '2') {
    ctx.beginPath()
    ctx.arc(61, 99, 25.5, 0, Math.PI * 2)
    ctx.strokeStyle = '#d9a531'
    ctx.lineWidth = 1.8
    ctx.stroke()
  }
  ctx.fillStyle = sheen(ctx, ink, 66)
  drawSuit(ctx, suit, 61, 99, rank === '2' ? 36 : 47)
}

/** @param {CanvasRenderingContext2D} ctx @param {string} ink @param {number} top */
function sheen(ctx, ink, top) {
  const gradient = ctx.createLinearGradient(0, top, 0, top + 68)
  gradient.addColorStop(0, tint(ink, 0.1))
  gradient.addColorStop(1, ink)
  return gradient
}

/** @param {string} hex @param {number} part towards white */
export function tint(hex, part) {
  const value = Number.parseInt(hex.slice(1), 16)
  const mixed = [value >> 16, (value >> 8) & 255, value & 255].map((c) =>
    Math.round(part < 0 ? c * (1 + part) : c + (255 - c) * part),
  )
  return `rgb(${mixed.join(' ')})`
}

/**
 * The back: a lattice in the table's second colour with a medallion that shows what the game is about.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Paper} paper
 * @param {{ deep: string, bright: string, gold: string }} colors
 */
export function paintBack(ctx, paper, { deep, bright, gold }) {
  sheet(ctx, paper)
  const light = ctx.createRadialGradient(50, 60, 8, 50, 71, 92)
  light.addColorStop(0, bright)
  light.addColorStop(1, deep)
  ctx.save()
  outline(ctx, 5.5)
  ctx.fillStyle = light
  ctx.fill()
  ctx.clip()
  ctx.strokeStyle = gold
  ctx.lineWidth = 0.9
  ctx.globalAlpha = 0.5
  ctx.beginPath()
  for (let i = -14; i < 24; i++) {
    ctx.moveTo(i * 10.5 - 2.5, 0)
    ctx.lineTo(i * 10.5 + 142 * 0.74 - 2.5, 142)
    ctx.moveTo(i * 10.5 - 2.5, 0)
    ctx.lineTo(i * 10.5 - 142 * 0.74 - 2.5, 142)
  }
  ctx.stroke()
  ctx.restore()
  ctx.strokeStyle = gold
  ctx.lineWidth = 1.3
  outline(ctx, 9.5)
  ctx.stroke()
  ctx.beginPath()
  ctx.arc(50, 71, 24, 0, Math.PI * 2)
  ctx.fillStyle = deep
  ctx.fill()
  ctx.lineWidth = 1.8
  ctx.stroke()
  ctx.beginPath()
  ctx.arc(50, 71, 20.5, 0, Math.PI * 2)
  ctx.lineWidth = 0.8
  ctx.stroke()
  drawRank(ctx, '2', 50 - (8.5 * 20) / 28, 61, 20, 0.95)
}
