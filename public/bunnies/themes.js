import { mix, seeded } from './color.js'

/**
 * @typedef {{
 *   sky: [string, string, string],
 *   orb: string, glow: string, orbAt: [x: number, y: number, radius: number],
 *   cloud: string,
 *   stars: number,
 *   far: string, near: string,
 *   ground: [far: string, near: string],
 *   blade: [string, string, string],
 *   flowers: string[],
 *   water: [string, string], shore: string,
 *   trees: 'round' | 'blossom' | 'pine' | 'rock',
 *   leaf: [string, string], trunk: string,
 *   air: 'pollen' | 'petals' | 'snow' | 'fireflies' | 'stardust',
 *   drift: string,
 *   light: string,
 *   night?: Partial<Theme>,
 * }} Theme `light` is what multiplies the bunnies' colours; `night` is what looks better by moonlight than the day's own
 */

/** @type {Theme} */
const DAY = {
  sky: ['#5db5ee', '#a5dbf7', '#e6f6f1'],
  orb: '#fff6cf',
  glow: '#fff2b0',
  orbAt: [1210, 120, 46],
  cloud: '#ffffff',
  stars: 0,
  far: '#8cc9b4',
  near: '#6cb673',
  ground: ['#92d06c', '#4fa64d'],
  blade: ['#3f9145', '#62b553', '#a6dc76'],
  flowers: ['#ffffff', '#ffd84d', '#ff8fab', '#b79cff'],
  water: ['#bfe9f5', '#4fa9d6'],
  shore: '#e2d3a0',
  trees: 'round',
  leaf: ['#4c9f58', '#8ccf6f'],
  trunk: '#8a6242',
  air: 'pollen',
  drift: '#fffbe0',
  light: '#ffffff',
}

/** @type {Record<string, Theme>} */
const THEMES = {
  lobby: DAY,
  meadow: {
    ...DAY,
    sky: ['#f08a6c', '#fbb978', '#fff0c4'],
    orb: '#fffbe6',
    glow: '#ffdf8a',
    orbAt: [470, 205, 54],
    cloud: '#ffe3cf',
    far: '#c99a83',
    near: '#a8a05a',
    ground: ['#d9c767', '#8f9f3f'],
    blade: ['#78883a', '#a9ac49', '#ecd982'],
    flowers: ['#e8504a', '#ffffff', '#f7a23b', '#f06d6d'],
    water: ['#ffe0b0', '#d28c7c'],
    shore: '#d8b377',
    leaf: ['#8a8a3c', '#d6ae4d'],
    trunk: '#75482f',
    drift: '#fff3c0',
    light: '#fff0dd',
    // Gold under blue light is mud.
    night: {
      sky: DAY.sky,
      far: '#a79ac4',
      near: '#8fae86',
      ground: ['#b4c45f', '#6f9a4f'],
      blade: ['#5d8a4a', '#93b04f', '#e6dc8a'],
      leaf: ['#8a9a4c', '#d6b85d'],
      water: ['#d5c6f0', '#7d83c8'],
    },
  },
  garden: {
    ...DAY,
    sky: ['#a9b8f5', '#e3c9f2', '#fff0ee'],
    orb: '#fffaf2',
    glow: '#ffe9ef',
    orbAt: [330, 130, 44],
    cloud: '#fff7fb',
    far: '#b7b4d6',
    near: '#8fc6a0',
    ground: ['#a9dd92', '#5fb273'],
    blade: ['#4a9c66', '#74c27e', '#b9e79c'],
    flowers: ['#ff7fa8', '#ffffff', '#ffc2d6', '#c58bf0', '#ffe066'],
    water: ['#d9e8fb', '#86b4e6'],
    shore: '#ead9d3',
    trees: 'blossom',
    leaf: ['#ee93b4', '#ffd3e1'],
    trunk: '#7b5560',
    air: 'petals',
    drift: '#ffc4d8',
  },
  moon: {
    ...DAY,
    sky: ['#0c0f2c', '#252a63', '#5b58a5'],
    orb: '#7ec4f2',
    glow: '#8fc7ff',
    orbAt: [1130, 150, 72],
    cloud: '#6d6fb8',
    stars: 220,
    far: '#5a5c9c',
    near: '#7274b0',
    ground: ['#a9a9d8', '#7b7cb8'],
    blade: ['#6768a4', '#9a9ad0', '#c9c8f0'],
    flowers: ['#9ff5e5', '#f7b3ff', '#fff3a6'],
    water: ['#b9fff0', '#3fb9c4'],
    shore: '#5f6099',
    trees: 'rock',
    leaf: ['#5c5e9b', '#9090cc'],
    trunk: '#5c5e9b',
    air: 'stardust',
    drift: '#d9f5ff',
    light: '#dfe2ff',
  },
  snow: {
    ...DAY,
    sky: ['#7fa8d9', '#bcd7ee', '#f3f4f6'],
    orbAt: [1290, 150, 40],
    far: '#b4cbe2',
    near: '#d3e2ee',
    ground: ['#f4f8fc', '#cfdfee'],
    blade: ['#b9cee2', '#dfeaf4', '#ffffff'],
    flowers: ['#d1495b', '#ffffff', '#9ec5e8'],
    water: ['#e6f5fc', '#9fcbe6'],
    shore: '#dde8f2',
    trees: 'pine',
    leaf: ['#4d8579', '#e9f3f7'],
    trunk: '#705446',
    air: 'snow',
    drift: '#ffffff',
  },
  dusk: {
    ...DAY,
    sky: ['#3b3a78', '#a0629b', '#ffb9a0'],
    orb: '#fff1dc',
    glow: '#ffc7b0',
    orbAt: [1010, 240, 48],
    cloud: '#d99bb4',
    stars: 50,
    far: '#7a5f93',
    near: '#4f6b7d',
    ground: ['#6fa27f', '#33705f'],
    blade: ['#2a6156', '#4b8a6c', '#8fbf8b'],
    flowers: ['#ffd27a', '#f3a6c8', '#ffffff', '#b6a5ff'],
    water: ['#ffc9b4', '#7a76b8'],
    shore: '#9c8a86',
    leaf: ['#3b6d63', '#6f9f7d'],
    trunk: '#4d3a4b',
    air: 'fireflies',
    drift: '#ffeb9c',
    light: '#f1e2ee',
  },
}

export const SUGGESTIONS = [
  { name: 'lobby', note: 'Sunny' },
  { name: 'meadow', note: 'Golden evening' },
  { name: 'garden', note: 'Cherry blossom' },
  { name: 'moon', note: 'Very quiet' },
]

/** In a dark scheme night falls: the same place, mixed with a deep blue. @param {Theme} day @returns {Theme} */
function night(day) {
  const theme = { ...day, ...day.night }
  const blue = '#141c40'
  /** @param {number} part @returns {(color: string) => string} */
  const dim = (part) => (color) => mix(color, blue, part)
  const [far, near] = theme.ground
  return {
    ...theme,
    sky: [mix(theme.sky[0], '#0a1030', 0.84), mix(theme.sky[1], '#1b2657', 0.78), mix(theme.sky[2], '#47508c', 0.66)],
    orb: theme.trees === 'rock' ? theme.orb : '#f4f1dc',
    glow: mix(theme.glow, '#9db4ff', 0.75),
    cloud: mix(theme.cloud, '#38427a', 0.8),
    stars: Math.max(theme.stars, 150),
    far: dim(0.62)(theme.far),
    near: dim(0.6)(theme.near),
    ground: [dim(0.52)(far), dim(0.6)(near)],
    blade: [dim(0.66)(theme.blade[0]), dim(0.58)(theme.blade[1]), dim(0.44)(theme.blade[2])],
    flowers: theme.flowers.map(dim(0.24)),
    water: [dim(0.4)(theme.water[0]), dim(0.55)(theme.water[1])],
    shore: dim(0.58)(theme.shore),
    leaf: [dim(0.6)(theme.leaf[0]), dim(0.5)(theme.leaf[1])],
    trunk: dim(0.55)(theme.trunk),
    air: theme.air === 'pollen' ? 'fireflies' : theme.air,
    drift: theme.air === 'pollen' ? '#fff0a0' : theme.drift,
    light: '#c3c9ee',
  }
}

/**
 * Every room has its own place; a room of a player's own invention always gets the same one.
 *
 * @param {string} room
 * @param {boolean} dark
 */
export function themeOf(room, dark) {
  const all = Object.values(THEMES)
  const theme = Object.hasOwn(THEMES, room) ? THEMES[room] : all[Math.floor(seeded(room)() * all.length)]
  return dark ? night(theme ?? DAY) : (theme ?? DAY)
}
