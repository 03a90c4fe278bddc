/**
 * A room's table: its felt, its rim, and the colours on the cards' backs.
 *
 * @typedef {{
 *   floor: [near: string, far: string],
 *   felt: [light: string, deep: string, edge: string],
 *   rim: [light: string, middle: string, dark: string],
 *   thread: string,
 *   back: { deep: string, bright: string, gold: string },
 * }} Theme
 */

const WOOD = /** @type {[string, string, string]} */ (['#c08a55', '#8f5a30', '#5b3418'])
const EBONY = /** @type {[string, string, string]} */ (['#6a4a36', '#452d20', '#241510'])

/** @type {Record<string, { day: Theme, night: Theme }>} */
const THEMES = {
  lobby: {
    day: {
      floor: ['#f3ead9', '#ddcdb0'],
      felt: ['#3a9a72', '#237455', '#175540'],
      rim: WOOD,
      thread: '#f1dda0',
      back: { deep: '#7d1d2c', bright: '#bb3a4b', gold: '#efcb86' },
    },
    night: {
      floor: ['#1b211f', '#0c100f'],
      felt: ['#216a4f', '#134634', '#0a2b20'],
      rim: EBONY,
      thread: '#d9bd76',
      back: { deep: '#611724', bright: '#98303f', gold: '#e0b873' },
    },
  },
  teahouse: {
    day: {
      floor: ['#f2e7dc', '#dcc5ae'],
      felt: ['#b8473f', '#8f2c2c', '#671c21'],
      rim: ['#a87446', '#74472a', '#442614'],
      thread: '#f5d692',
      back: { deep: '#1c3f5e', bright: '#3b729c', gold: '#f0d494' },
    },
    night: {
      floor: ['#241a18', '#120c0b'],
      felt: ['#7d2b2c', '#571a1e', '#350e13'],
      rim: EBONY,
      thread: '#e2bb72',
      back: { deep: '#173450', bright: '#2f5f85', gold: '#dfbd7c' },
    },
  },
  harbour: {
    day: {
      floor: ['#e8eef0', '#c5d3d8'],
      felt: ['#3f86b5', '#265f8c', '#164567'],
      rim: ['#c79a67', '#976639', '#5f3c1d'],
      thread: '#d9ecf3',
      back: { deep: '#8a4a12', bright: '#cb7a2c', gold: '#ffe2ae' },
    },
    night: {
      floor: ['#161d24', '#0a0e13'],
      felt: ['#255b80', '#153c59', '#0b2439'],
      rim: EBONY,
      thread: '#a9cfe0',
      back: { deep: '#6d3a10', bright: '#a96527', gold: '#f0cd93' },
    },
  },
  nightmarket: {
    day: {
      floor: ['#efe8f2', '#d4c5dd'],
      felt: ['#7a58a8', '#573a82', '#3c265f'],
      rim: ['#9a6a54', '#6a4235', '#3e241d'],
      thread: '#ffd9a0',
      back: { deep: '#0e5a58', bright: '#2b9087', gold: '#ffe0a3' },
    },
    night: {
      floor: ['#1c1824', '#0d0a12'],
      felt: ['#513a78', '#362453', '#211436'],
      rim: EBONY,
      thread: '#e6bd84',
      back: { deep: '#0c4644', bright: '#22736c', gold: '#e8c58a' },
    },
  },
}

export const SUGGESTIONS = [
  { name: 'lobby', note: 'Green felt' },
  { name: 'teahouse', note: 'Red lacquer' },
  { name: 'harbour', note: 'Blue water' },
  { name: 'nightmarket', note: 'Violet dusk' },
]

/**
 * A room of a player's own invention always gets the same table.
 *
 * @param {string} room
 * @param {boolean} dark
 */
export function themeOf(room, dark) {
  const all = Object.values(THEMES)
  let hash = 7
  for (const letter of room) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  const theme = (Object.hasOwn(THEMES, room) ? THEMES[room] : all[hash % all.length]) ?? all[0]
  return /** @type {{ day: Theme, night: Theme }} */ (theme)[dark ? 'night' : 'day']
}
