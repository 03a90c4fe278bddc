import { CARD } from './faces.js'

/**
 * Where everything lies on the screen, in CSS pixels. Pure: the page asks again when the window or the hand changes.
 *
 * @typedef {'bottom' | 'left' | 'top' | 'right'} Place
 * @typedef {{ x: number, y: number, turn: number }} Slot `turn` in radians
 * @typedef {{ x: number, y: number, toward: number }} Chair the middle of a face, and the direction in which its cards lie
 * @typedef {{ width: number, height: number, radius: number, rim: number, x: number, y: number }} Table
 * @typedef {{ left: number, width: number, bottom: number, toasts: number }} Line the player's own, and how high short notes lie
 * `notice` is the height at which something is told: while players are missing, with cards in hand, and with the hand
 * played; `rest` is where the player's own line lies while players are missing; `tight`: some words must go, for want of
 * room.
 *
 * @typedef {{
 *   kind: 'tall' | 'wide' | 'short',
 *   tight: boolean,
 *   width: number,
 *   height: number,
 *   card: { width: number, height: number },
 *   fan: { width: number, radius: number },
 *   face: number,
 *   lift: number,
 *   table: Table,
 *   pile: { x: number, y: number, width: number },
 *   notice: { waiting: number, over: number, won: number },
 *   chairs: Record<Place, Chair>,
 *   self: Line,
 *   rest: Line,
 *   handTop: number,
 *   hand: (count: number) => Slot[],
 * }} Layout
 */

/** In the order of play, beginning with who looks at the page. */
export const PLACES = /** @type {const} */ (['bottom', 'left', 'top', 'right'])

const DOWN = Math.PI / 2
const BAR = 68
const DOCK = 68
/** Beside the chat's button. */
const BESIDE = 64
/** A short note and the air around it. */
const TOAST = 46

/**
 * @param {number} width
 * @param {number} height
 * @param {{ top: number, bottom: number }} inset what a phone's own edges take
 * @returns {Layout}
 */
export function arrange(width, height, inset) {
  if (height > width * 1.05) return tall(width, height, inset)
  return wide(width, height, inset)
}

/** @param {number} width @param {number} height @param {{ top: number, bottom: number }} inset @returns {Layout} */
function tall(width, height, { top, bottom }) {
  const tight = height < 720
  const roomy = Math.min(1, Math.max(0, (height - 640) / 200))
  const large = Math.min(1, Math.max(0, (width - 480) / 320))
  const card = sized(Math.min(92 + 20 * large, width * 0.2, height * 0.1 + 4))
  const floor = height - bottom - DOCK
  const rows = card.height * 0.56
  const handTop = floor - card.height - rows
  const lift = Math.round(card.height * 0.17)
  const bar = top + BAR
  const face = 46 + 8 * roomy + 16 * large
  const first = bar + face / 2 + 6
  const second = first + 64 + 34 * roomy + 60 * large
  const self = handTop - lift - 6
  const upper = second + face / 2 + 66
  const lower = self - 104
  // Where the window is very low, the seats at the sides bear no names while players are missing.
  const names = second + face / 2 + (height > 600 ? 52 : 12)
  const pileWidth = tight ? Math.min(54, width * 0.15) : Math.min(card.width * 0.94, 84 + 24 * large)
  return {
    kind: 'tall',
    tight,
    width,
    height,
    card,
    face,
    lift,
    fan: { width: 25 + 3 * roomy + 12 * large, radius: face / 2 + 8 + 3 * large },
    table: {
      x: 6,
      y: first + 4,
      width: width - 12,
      height: handTop + card.height * 0.55 - first,
      radius: Math.min(110, width * 0.26),
      rim: 13,
    },
    pile: { x: width / 2, y: tight ? second + 38 : Math.max(second + 40, (upper + lower) / 2 - 12), width: pileWidth },
    notice: { waiting: (names + floor - TOAST) / 2, over: (upper - 14 + handTop) / 2, won: floor - 170 },
    chairs: {
      bottom: { x: width / 2, y: handTop + card.height * 0.55, toward: -DOWN },
      left: { x: 14 + face / 2, y: second, toward: 0.24 },
      top: { x: width / 2, y: first, toward: DOWN },
      right: { x: width - 14 - face / 2, y: second, toward: Math.PI - 0.24 },
    },
    self: { left: 16, width: width - 28, bottom: height - self, toasts: height - self + 100 },
    rest: { left: BESIDE, width: width - BESIDE - 12, bottom: bottom + 12, toasts: height - floor + 4 },
    handTop,
    hand: (count) => rowsOf(count, { width, card, left: 12, bottom: floor, rows }),
  }
}

/** @param {number} width @param {number} height @param {{ top: number, bottom: number }} inset @returns {Layout} */
function wide(width, height, { top, bottom }) {
  const short = height < 520
  const side = short ? Math.min(176, width * 0.2) : Math.min(300, width * 0.21)
  const card = sized(Math.min(short ? 70 : 134, height * (short ? 0.165 : 0.132), (width - 2 * side) / 5.6))
  const floor = height - bottom - (short ? 8 : 18)
  const handTop = floor - card.height
  const lift = Math.round(card.height * 0.17)
  const face = short ? 42 : Math.min(72, 40 + height * 0.036)
  // A table much wider than deep would leave its players far apart.
  const edge = short ? Math.max(52, width * 0.07) : Math.max(76, width * 0.085, (width - height * 1.62) / 2)
  const first = top + (short ? 32 : 30 + face / 2)
  const desk = Math.min(width - 2 * side - 16, card.width * 9)
  const line = short ? { left: 76, width: width - 76 - 134 } : { left: (width - desk) / 2, width: desk }
  const self = handTop - lift - (short ? 4 : 12)
  const middle = first + (self - first) * 0.42
  const fan = { width: short ? 22 : face * 0.55, radius: face / 2 + (short ? 5 : 11) }
  const pileTop = first + fan.radius + fan.width * 0.75
  const pileWidth = Math.min(card.width, short ? 58 : 122)
  const pileY = pileTop + (self - (short || width >= 1180 ? 48 : 90) - pileTop) * (short ? 0.42 : 0.47)
  const tableTop = first + (short ? 2 : 6)
  const tableHeight = handTop + card.height * (short ? 0.5 : 0.52) - tableTop
  return {
    kind: short ? 'short' : 'wide',
    tight: short || width < 1180,
    width,
    height,
    card,
    face,
    lift,
    fan,
    table: {
      x: edge - face * 0.2,
      y: tableTop,
      width: width - 2 * edge + face * 0.4,
      height: tableHeight,
      radius: Math.min(tableHeight / 2, 300),
      rim: short ? 12 : 20,
    },
    pile: { x: width / 2, y: pileY, width: pileWidth },
    chairs: {
      bottom: { x: width / 2, y: handTop + card.height * 0.6, toward: -DOWN },
      left: { x: edge, y: middle, toward: 0 },
      top: { x: width / 2, y: first, toward: DOWN },
      right: { x: width - edge, y: middle, toward: Math.PI },
    },
    notice: {
      waiting: height * 0.5,
      over: short ? height * 0.46 : (pileTop + self) / 2,
      won: short ? height * 0.56 : pileY + pileWidth * 0.71 + 150,
    },
    self: { ...line, bottom: height - self, toasts: height - self + 60 },
    rest: short
      ? { ...line, bottom: bottom + 12, toasts: bottom + 17 }
      : { ...line, bottom: bottom + 24, toasts: bottom + 84 },
    handTop,
    hand: (count) => arc(count, { middle: width / 2, room: width - 2 * side - 24, card, bottom: floor, short }),
  }
}

/** @param {number} width */
function sized(width) {
  const whole = Math.round(width)
  return { width: whole, height: Math.round((whole * CARD.height) / CARD.width) }
}

/**
 * One row while the cards' corners can be read and touched, else two.
 *
 * @param {number} count
 * @param {{ width: number, card: { width: number, height: number }, left: number, bottom: number, rows: number }} zone
 * @returns {Slot[]}
 */
function rowsOf(count, { width, card, left, bottom, rows }) {
  const room = width - 2 * left - card.width
  const single = count < 2 || room / (count - 1) >= card.width * 0.42
  const back = single ? 0 : Math.ceil(count / 2)
  const step = single ? Math.min(card.width * 0.66, room / Math.max(1, count - 1)) : room / Math.max(1, back - 1)
  return Array.from({ length: count }, (_, i) => {
    const row = i < back ? 0 : 1
    const n = row === 0 ? back : count - back
    const at = row === 0 ? i : i - back
    return {
      x: Math.round(width / 2 + (at - (n - 1) / 2) * step),
      y: Math.round(bottom - card.height / 2 - (single ? rows / 2 : row === 0 ? rows : 0)),
      turn: 0,
    }
  })
}

/**
 * A hand held in a gentle arc.
 *
 * @param {number} count
 * @param {{ middle: number, room: number, card: { width: number, height: number }, bottom: number, short: boolean }} zone
 * @returns {Slot[]}
 */
function arc(count, { middle, room, card, bottom, short }) {
  const step = Math.min(card.width * 0.6, (room - card.width) / Math.max(1, count - 1))
  const bend = short ? 0 : 0.0085
  return Array.from({ length: count }, (_, i) => {
    const off = i - (count - 1) / 2
    return {
      x: Math.round(middle + off * step),
      y: Math.round(bottom - card.height / 2 + off * off * bend * step * 0.5),
      turn: off * bend,
    }
  })
}

/**
 * The cards of somebody else, held behind their face.
 *
 * @param {Layout} layout
 * @param {Place} place
 * @param {number} count
 * @returns {Slot[]}
 */
export function fan({ chairs, fan: { width, radius } }, place, count) {
  const { x, y, toward } = chairs[place]
  const reach = radius + width * 0.32
  const step = Math.min(0.2, 1.9 / Math.max(1, count - 1))
  return Array.from({ length: count }, (_, i) => {
    const angle = toward + (i - (count - 1) / 2) * step
    return { x: x + Math.cos(angle) * reach, y: y + Math.sin(angle) * reach, turn: angle + DOWN }
  })
}

/**
 * A play on the table. It lies a little towards who played it.
 *
 * @param {Layout} layout
 * @param {Place} place
 * @param {number} count
 * @param {number} depth 0 for the play to beat, 1 for the one under it
 * @returns {(Slot & { scale: number })[]}
 */
export function pileSlots({ pile, card }, place, count, depth) {
  const step = pile.width * (count > 3 ? 0.47 : 0.6)
  const tilt = { bottom: 0, left: -0.035, top: 0.02, right: 0.035 }[place] * (depth ? -1.6 : 1)
  const [dx, dy] = { bottom: [0, 6], left: [-8, 0], top: [0, -6], right: [8, 0] }[place]
  return Array.from({ length: count }, (_, i) => {
    const off = (i - (count - 1) / 2) * step
    return {
      x: pile.x + (dx ?? 0) + off * Math.cos(tilt),
      y: pile.y + (dy ?? 0) + off * Math.sin(tilt) - depth * pile.width * 0.5,
      turn: tilt,
      scale: (pile.width / card.width) * (depth ? 0.92 : 1),
    }
  })
}
