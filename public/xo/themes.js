/**
 * By day XO is played with felt-tips on paper, at night with chalk on slate. Colours of what is drawn; those of the page
 * are in xo.css.
 *
 * @typedef {{
 *   chalk: boolean, x: number, xDeep: number, o: number, oDeep: number, slate: number,
 *   grid: number, gridAlpha: number, marker: number, markerAlpha: number, wash: number, washAlpha: number,
 *   confetti: number[],
 * }} Theme
 */

/** @type {Theme} */
export const PAPER = {
  chalk: false,
  x: 0xe0483a,
  xDeep: 0x9c1f1c,
  o: 0x2a6bc8,
  oDeep: 0x123f88,
  slate: 0xfffdf6,
  grid: 0x93a4bf,
  gridAlpha: 0.8,
  marker: 0xffe04a,
  markerAlpha: 0.85,
  wash: 0x7c6a3c,
  washAlpha: 0.08,
  confetti: [0xe0483a, 0x2a6bc8, 0xffc93c, 0x45b37a, 0xb779d6],
}

/** @type {Theme} */
export const SLATE = {
  chalk: true,
  x: 0xff9d8c,
  xDeep: 0xff9d8c,
  o: 0x8fd2ff,
  oDeep: 0x8fd2ff,
  slate: 0x24332e,
  grid: 0xe4efe8,
  gridAlpha: 0.42,
  marker: 0xfff0a0,
  markerAlpha: 0.27,
  wash: 0xffffff,
  washAlpha: 0.07,
  confetti: [0xff9d8c, 0x8fd2ff, 0xffe08a, 0x9fe3b6, 0xd8b3f0],
}

export const SUGGESTIONS = [
  { name: 'lobby', note: 'Whoever is around' },
  { name: 'kitchen-table', note: 'A quick one' },
  { name: 'back-row', note: 'Psst' },
  { name: 'rematch', note: 'Once more' },
]
