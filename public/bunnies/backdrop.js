import { blot, canvas, oval } from './atlas.js'
import { fade, mix, seeded } from './color.js'

/** @typedef {import('./themes.js').Theme} Theme */

export const WIDTH = 1600
export const HEIGHT = 1000
export const HORIZON = 322
/** Bunnies wade in it, carrots float on it. */
export const POND = { x: 1120, y: 600, rx: 215, ry: 74 }

/** @param {number} x @param {number} y */
export function inPond(x, y) {
  return ((x - POND.x) / POND.rx) ** 2 + ((y - POND.y) / POND.ry) ** 2 < 0.86
}

/** Things farther away are smaller. @param {number} y */
export const depth = (y) => 0.74 + (Math.max(0, y - HORIZON) / (HEIGHT - HORIZON)) * 0.46

/**
 * The painted layers of a place, from the back to the front; `follow` is how far each goes along with the camera.
 *
 * @param {Theme} theme
 * @param {string} seed
 * @param {number} scale pixels to a world unit
 */
export function backdrop(theme, seed, scale) {
  const random = seeded(`${seed}/backdrop`)
  return [
    { top: 0, follow: 0.12, element: layer(HORIZON + 40, (ctx) => sky(ctx, theme, random)) },
    { top: 150, follow: 0.4, element: layer(200, (ctx) => hills(ctx, theme, theme.far, 95, random)) },
    { top: 210, follow: 0.7, element: layer(150, (ctx) => hills(ctx, theme, theme.near, 62, random)) },
    { top: HORIZON - 30, follow: 1, element: layer(HEIGHT - HORIZON + 30, (ctx) => ground(ctx, theme, random)) },
  ]

  /** @param {number} height @param {(ctx: CanvasRenderingContext2D) => void} paint */
  function layer(height, paint) {
    const { element, ctx } = canvas(WIDTH * scale, height * scale)
    ctx.scale(scale, scale)
    paint(ctx)
    return element
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {() => number} random */
function sky(ctx, theme, random) {
  const gradient = ctx.createLinearGradient(0, 0, 0, HORIZON)
  theme.sky.forEach((color, i) => {
    gradient.addColorStop(i / 2, color)
  })
  ctx.fillStyle = gradient
  ctx.fillRect(0, 0, WIDTH, HORIZON + 40)
  for (let i = 0; i < theme.stars; i++) {
    const y = random() ** 1.5 * 280
    ctx.fillStyle = fade('#ffffff', (0.35 + random() * 0.6) * (1 - y / 330))
    oval(ctx, random() * WIDTH, y, 0.6 + random() * 1.1)
    ctx.fill()
  }
  const [x, y, radius] = theme.orbAt
  blot(ctx, x, y, radius * 5, [
    [0, fade(theme.glow, 0.75)],
    [0.3, fade(theme.glow, 0.28)],
    [1, fade(theme.glow, 0)],
  ])
  ctx.fillStyle = theme.orb
  oval(ctx, x, y, radius)
  ctx.fill()
  if (theme.stars) face(ctx, theme)
}

/** Seas of a moon, or lands of the Earth over it. @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function face(ctx, { orb, orbAt: [x, y, radius], trees }) {
  ctx.save()
  oval(ctx, x, y, radius)
  ctx.clip()
  ctx.fillStyle = trees === 'rock' ? '#8fd49a' : mix(orb, '#8d93b4', 0.3)
  for (const [dx, dy, size] of /** @type {[number, number, number][]} */ ([
    [-0.4, -0.3, 0.34],
    [-0.2, 0.02, 0.24],
    [0.45, 0.25, 0.32],
    [-0.25, 0.6, 0.2],
    [0.4, -0.5, 0.16],
  ])) {
    oval(ctx, x + dx * radius, y + dy * radius, size * radius, size * radius * 0.8, dx)
    ctx.fill()
  }
  const shade = ctx.createRadialGradient(x - radius * 0.4, y - radius * 0.4, radius * 0.3, x, y, radius * 1.1)
  shade.addColorStop(0, 'rgb(255 255 255 / 0.25)')
  shade.addColorStop(1, 'rgb(20 24 80 / 0.4)')
  ctx.fillStyle = shade
  ctx.fill()
  ctx.fillRect(x - radius, y - radius, radius * 2, radius * 2)
  ctx.restore()
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Theme} theme
 * @param {string} color
 * @param {number} rise
 * @param {() => number} random
 */
function hills(ctx, theme, color, rise, random) {
  const phase = random() * 9
  /** @param {number} x */
  const top = (x) =>
    rise * 0.62 - Math.sin(x / 210 + phase) * rise * 0.3 - Math.sin(x / 97 + phase * 2.3) * rise * 0.13 + 24
  const gradient = ctx.createLinearGradient(0, 10, 0, 150)
  gradient.addColorStop(0, mix(color, theme.sky[2], 0.1))
  gradient.addColorStop(1, mix(color, theme.sky[2], 0.5))
  const shade = mix(color, theme.leaf[0], theme.trees === 'blossom' ? 0.75 : 0.35)
  for (let i = 0; i < 34; i++) {
    const x = random() * WIDTH
    grove(ctx, x, top(x) + 4, rise * (0.13 + random() * 0.14), shade, theme.trees)
  }
  ctx.fillStyle = gradient
  ctx.beginPath()
  ctx.moveTo(0, 220)
  for (let x = 0; x <= WIDTH; x += 10) ctx.lineTo(x, top(x))
  ctx.lineTo(WIDTH, 220)
  ctx.fill()
}

/**
 * A tree so far away that it is a shape.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {string} color
 * @param {Theme['trees']} kind
 */
function grove(ctx, x, y, size, color, kind) {
  ctx.fillStyle = color
  ctx.beginPath()
  if (kind === 'pine' || kind === 'rock') {
    ctx.moveTo(x - size * 0.6, y)
    ctx.quadraticCurveTo(x - size * 0.1, y - size, x, y - size * 1.7)
    ctx.quadraticCurveTo(x + size * 0.1, y - size, x + size * 0.6, y)
  } else {
    ctx.ellipse(x, y - size * 0.5, size, size * 0.85, 0, 0, Math.PI * 2)
    ctx.ellipse(x + size * 0.9, y - size * 0.2, size * 0.7, size * 0.6, 0, 0, Math.PI * 2)
  }
  ctx.fill()
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {() => number} random */
function ground(ctx, theme, random) {
  ctx.translate(0, 30 - HORIZON)
  const [far, near] = theme.ground
  const gradient = ctx.createLinearGradient(0, HORIZON, 0, HEIGHT)
  gradient.addColorStop(0, mix(far, theme.sky[2], 0.22))
  gradient.addColorStop(0.22, far)
  gradient.addColorStop(1, near)
  ctx.fillStyle = gradient
  ctx.beginPath()
  ctx.moveTo(0, HEIGHT)
  for (let x = 0; x <= WIDTH; x += 20) ctx.lineTo(x, HORIZON - Math.sin(x / 260 + 1) * 10)
  ctx.lineTo(WIDTH, HEIGHT)
  ctx.fill()
  ctx.save()
  ctx.clip()
  for (let i = 0; i < 46; i++) patch(ctx, theme, random)
  ctx.restore()
  for (let i = 0; i < 2600; i++) blade(ctx, theme, random)
  pond(ctx, theme, random)
}

/**
 * Lighter and darker ground, so that it does not look like a lawn on paper.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Theme} theme
 * @param {() => number} random
 */
function patch(ctx, theme, random) {
  const y = HORIZON + random() * (HEIGHT - HORIZON)
  const radius = (60 + random() * 130) * depth(y)
  const color = random() < 0.5 ? theme.blade[2] : theme.blade[0]
  ctx.save()
  ctx.translate(random() * WIDTH, y)
  ctx.scale(1.6, 0.42)
  blot(ctx, 0, 0, radius, [
    [0, fade(color, 0.26)],
    [1, fade(color, 0)],
  ])
  ctx.restore()
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {() => number} random */
function blade(ctx, theme, random) {
  const x = random() * WIDTH
  const y = HORIZON + 8 + random() * (HEIGHT - HORIZON)
  const size = depth(y) ** 2 * (3.5 + random() * 5)
  ctx.strokeStyle = fade(theme.blade[Math.floor(random() * 3)] ?? theme.blade[0], 0.55)
  ctx.lineWidth = 1.1 * depth(y)
  ctx.beginPath()
  ctx.moveTo(x, y)
  ctx.quadraticCurveTo(x, y - size * 0.6, x + (random() - 0.5) * size, y - size)
  ctx.moveTo(x + 2.4, y)
  ctx.quadraticCurveTo(x + 2.4, y - size * 0.5, x + 2.4 + random() * size * 0.7, y - size * 0.8)
  ctx.stroke()
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {() => number} random */
function pond(ctx, theme, random) {
  const { x, y, rx, ry } = POND
  ctx.fillStyle = mix(theme.shore, theme.blade[0], 0.45)
  oval(ctx, x, y + 5, rx + 15, ry + 12)
  ctx.fill()
  ctx.fillStyle = theme.shore
  oval(ctx, x, y + 1, rx + 9, ry + 7)
  ctx.fill()
  const water = ctx.createLinearGradient(0, y - ry, 0, y + ry)
  water.addColorStop(0, theme.water[0])
  water.addColorStop(1, theme.water[1])
  ctx.fillStyle = water
  oval(ctx, x, y, rx, ry)
  ctx.fill()
  ctx.save()
  ctx.clip()
  ctx.strokeStyle = fade(mix(theme.water[1], '#0c2440', 0.5), 0.35)
  ctx.lineWidth = 10
  oval(ctx, x, y - 5, rx + 3, ry + 2)
  ctx.stroke()
  ctx.lineCap = 'round'
  for (let i = 0; i < 16; i++) {
    const wide = 18 + random() * 60
    const at = x + (random() - 0.5) * rx * 1.6
    const down = y + (random() - 0.5) * ry * 1.6
    ctx.strokeStyle = fade('#ffffff', 0.16 + random() * 0.22)
    ctx.lineWidth = 1.5 + random() * 2
    ctx.beginPath()
    ctx.moveTo(at - wide / 2, down)
    ctx.quadraticCurveTo(at, down - 4, at + wide / 2, down)
    ctx.stroke()
  }
  ctx.restore()
  if (theme.trees !== 'rock' && theme.trees !== 'pine') lilies(ctx, theme, random)
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {() => number} random */
function lilies(ctx, theme, random) {
  for (let i = 0; i < 6; i++) {
    const turn = random() * Math.PI * 2
    const x = POND.x + Math.cos(turn) * POND.rx * 0.74
    const y = POND.y + Math.sin(turn) * POND.ry * 0.74
    const size = 13 + random() * 8
    ctx.fillStyle = mix(theme.blade[0], '#2f8f5b', 0.3)
    ctx.beginPath()
    ctx.ellipse(x, y, size, size * 0.46, 0, 0.5, Math.PI * 2 + 0.05)
    ctx.lineTo(x, y)
    ctx.fill()
    if (i % 3) continue
    ctx.fillStyle = theme.flowers[3 % theme.flowers.length] ?? '#ffffff'
    for (const tilt of [-0.9, -0.3, 0.3, 0.9]) {
      oval(ctx, x + Math.sin(tilt) * 5, y - 5 - Math.cos(tilt) * 3, 3, 6, tilt)
      ctx.fill()
    }
  }
}
