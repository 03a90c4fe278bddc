/**
 * Ranks and suits as paths, so that a card looks the same on every machine, whatever fonts it has. Ranks are strokes
 * 14 units high; suits are filled shapes on a 24 by 24 grid, all drawn clockwise.
 */

/** @typedef {{ d: string, width: number }} Glyph */

/** @type {Record<string, Glyph>} */
const RANKS = {
  3: {
    d: 'M.4 0H7.6L3.7 5.3C6.4 5.1 8.2 6.9 8.2 9.5 8.2 12.2 6.4 14 3.9 14 2 14 .6 13.1 0 11.5',
    width: 8.2,
  },
  4: { d: 'M6.4 14V0L0 9.9H8.8', width: 8.8 },
  5: {
    d: 'M7.4 0H1.5L.8 6.1C1.7 5.4 2.8 5 4 5 6.5 5 8.2 6.8 8.2 9.4 8.2 12.2 6.4 14 3.9 14 2.1 14 .7 13.2 0 11.7',
    width: 8.2,
  },
  6: {
    d: 'M6.6.1C3 2 .2 5.6.2 9.4.2 12.2 1.8 14 4.2 14 6.6 14 8.2 12.2 8.2 9.8 8.2 7.3 6.6 5.6 4.4 5.6 2.3 5.6.6 7.1.2 9.2',
    width: 8.2,
  },
  7: { d: 'M0 0H8.2L3 14', width: 8.2 },
  8: {
    d: 'M4.1 6.4C2.2 6.4.8 5.1.8 3.2.8 1.3 2.2 0 4.1 0 6 0 7.4 1.3 7.4 3.2 7.4 5.1 6 6.4 4.1 6.4ZM4.1 6.4C1.7 6.4 0 8 0 10.2 0 12.4 1.7 14 4.1 14 6.5 14 8.2 12.4 8.2 10.2 8.2 8 6.5 6.4 4.1 6.4Z',
    width: 8.2,
  },
  9: {
    d: 'M1.8 13.9C5.4 12 8.2 8.4 8.2 4.6 8.2 1.8 6.6 0 4.2 0 1.8 0 .2 1.8.2 4.2.2 6.7 1.8 8.4 4 8.4 6.1 8.4 7.8 6.9 8.2 4.8',
    width: 8.4,
  },
  T: {
    d: 'M0 2.7 2.9 0V14M10.2 0C12.4 0 13.6 2.8 13.6 7S12.4 14 10.2 14 6.8 11.2 6.8 7 8 0 10.2 0Z',
    width: 13.6,
  },
  J: { d: 'M6.4 0V9.9C6.4 12.5 5.2 14 3.1 14 1.5 14 .4 13.2 0 11.6', width: 6.4 },
  Q: { d: 'M4.9 0C7.8 0 9.8 2.8 9.8 7S7.8 14 4.9 14 0 11.2 0 7 2 0 4.9 0ZM6.2 10.6 9.8 14.6', width: 9.8 },
  K: { d: 'M0 0V14M8.4 0 .2 8.6M3.3 5.4 8.8 14', width: 8.8 },
  A: { d: 'M0 14 4.8 0 9.6 14M1.7 9.4H7.9', width: 9.6 },
  2: {
    d: 'M.4 3.6C.7 1.4 2.3 0 4.3 0 6.6 0 8.2 1.6 8.2 3.8 8.2 6 6.8 7.5 4.8 9.4L0 14H8.5',
    width: 8.5,
  },
}

/** How thick a rank's strokes are, in its own units. */
export const STROKE = 2.5

/** @type {Record<string, string>} */
export const SUITS = {
  D: 'M12 1.6C14 5.6 17 9.4 20.4 12 17 14.6 14 18.4 12 22.4 10 18.4 7 14.6 3.6 12 7 9.4 10 5.6 12 1.6Z',
  C: 'M16.8 7a4.8 4.8 0 1 1-9.6 0 4.8 4.8 0 1 1 9.6 0ZM11.5 14.2a4.8 4.8 0 1 1-9.6 0 4.8 4.8 0 1 1 9.6 0ZM22.1 14.2a4.8 4.8 0 1 1-9.6 0 4.8 4.8 0 1 1 9.6 0ZM9.5 9.5h5v4.6h-1.6c.1 3.5.9 6.2 2.7 8.2H8.4c1.8-2 2.6-4.7 2.7-8.2H9.5Z',
  H: 'M12 6.1C13 4.1 14.9 2.9 16.9 2.9 19.8 2.9 22 5.1 22 8.1 22 12 19 15.6 12 21.4 5 15.6 2 12 2 8.1 2 5.1 4.2 2.9 7.1 2.9 9.1 2.9 11 4.1 12 6.1Z',
  S: 'M12 1.8C13.6 5.6 21.6 9.5 21.6 14.5 21.6 17.3 19.6 19.1 17.3 19.1 15.4 19.1 13.9 18.1 13 16.7 13.2 19 14 20.9 15.6 22.2H8.4C10 20.9 10.8 19 11 16.7 10.1 18.1 8.6 19.1 6.7 19.1 4.4 19.1 2.4 17.3 2.4 14.5 2.4 9.5 10.4 5.6 12 1.8Z',
}

/** Four colours beside four shapes; each at 4.5:1 or better on a card. */
/** @type {Record<string, string>} */
export const INK = { D: '#1763c6', C: '#0f7236', H: '#cf1f30', S: '#1d2333' }

/** @param {string} rank @returns {Glyph} */
export const rankGlyph = (rank) => RANKS[rank] ?? { d: '', width: 8 }

/**
 * Draws a rank in strokes, its left upper corner at (x, y).
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} rank
 * @param {number} x
 * @param {number} y
 * @param {number} height of the glyph without its stroke
 * @param {number} [weight] of the stroke, 1 as usual
 */
export function drawRank(ctx, rank, x, y, height, weight = 1) {
  const scale = height / 14
  ctx.save()
  ctx.translate(x, y)
  ctx.scale(scale, scale)
  ctx.lineWidth = STROKE * weight
  ctx.lineCap = 'round'
  ctx.lineJoin = 'round'
  ctx.stroke(new Path2D(rankGlyph(rank).d))
  ctx.restore()
}

/**
 * Fills a suit, its middle at (x, y).
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} suit
 * @param {number} x
 * @param {number} y
 * @param {number} size of its box
 */
export function drawSuit(ctx, suit, x, y, size) {
  ctx.save()
  ctx.translate(x - size / 2, y - size / 2)
  ctx.scale(size / 24, size / 24)
  ctx.fill(new Path2D(SUITS[suit] ?? ''))
  ctx.restore()
}
