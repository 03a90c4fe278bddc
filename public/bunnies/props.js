import { blot, oval } from './atlas.js'
import { fade, mix } from './color.js'

/** @typedef {import('./atlas.js').Picture} Picture */
/** @typedef {import('./themes.js').Theme} Theme */

export const FLOWERS = 5

/**
 * What grows in a place. Everything stands on 0 and reaches upwards.
 *
 * @param {Theme} theme
 * @returns {Picture[]}
 */
export function propPictures(theme) {
  const flowers = Array.from({ length: FLOWERS }, (_, i) => flower(theme, i))
  return [
    { name: 'tuft', box: [-26, -34, 26, 4], paint: (ctx) => tuft(ctx, theme) },
    ...flowers,
    { name: 'bush', box: [-60, -62, 60, 14], paint: (ctx) => bush(ctx, theme) },
    { name: 'rock', box: [-34, -34, 34, 6], paint: (ctx) => rock(ctx, theme) },
    { name: 'tree', box: [-95, -230, 95, 12], paint: (ctx) => TREES[theme.trees](ctx, theme) },
    { name: 'cloud', box: [-130, -70, 130, 30], paint: (ctx) => cloud(ctx, theme) },
  ]
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function tuft(ctx, { blade }) {
  for (let i = 0; i < 9; i++) {
    const lean = (i - 4) * 5
    ctx.fillStyle = blade[i % 3 === 1 ? 2 : i % 2 ? 1 : 0] ?? blade[0]
    ctx.beginPath()
    ctx.moveTo(lean * 0.45 - 2.4, 2)
    ctx.quadraticCurveTo(lean * 0.5, -14, lean, -31 + Math.abs(i - 4) * 3.5)
    ctx.quadraticCurveTo(lean * 0.5 + 4, -12, lean * 0.45 + 2.4, 2)
    ctx.fill()
  }
}

/** @param {Theme} theme @param {number} i @returns {Picture} */
function flower({ flowers, blade, trees }, i) {
  const color = flowers[i % flowers.length] ?? '#ffffff'
  const petals = trees === 'rock' ? 4 : 5 + (i % 2)
  const heart = i === 1 ? '#c9752b' : '#ffd34d'
  return {
    name: `flower${i}`,
    box: [-14, -38, 14, 4],
    paint(ctx) {
      ctx.strokeStyle = blade[0]
      ctx.lineWidth = 2.4
      ctx.beginPath()
      ctx.moveTo(0, 2)
      ctx.quadraticCurveTo(-2, -12, 0, -25)
      ctx.moveTo(-0.6, -7)
      ctx.quadraticCurveTo(6, -9, 9, -14)
      ctx.stroke()
      if (trees === 'rock') {
        blot(ctx, 0, -25, 13, [
          [0, fade(color, 0.7)],
          [1, fade(color, 0)],
        ])
      }
      ctx.fillStyle = color
      ctx.strokeStyle = mix(color, '#4a3040', 0.35)
      ctx.lineWidth = 1
      for (let petal = 0; petal < petals; petal++) {
        const turn = (petal / petals) * Math.PI * 2 - Math.PI / 2
        oval(ctx, Math.cos(turn) * 5, -25 + Math.sin(turn) * 5, 4.6, 3.5, turn)
        ctx.fill()
        ctx.stroke()
      }
      ctx.fillStyle = heart
      oval(ctx, 0, -25, 3)
      ctx.fill()
    },
  }
}

/**
 * Foliage: discs over a darker rim, lit from the upper left.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {[string, string]} leaf
 * @param {[x: number, y: number, radius: number][]} discs
 */
function foliage(ctx, [dark, light], discs) {
  const line = mix(dark, '#12202a', 0.35)
  for (const [x, y, radius] of discs) {
    ctx.fillStyle = line
    oval(ctx, x, y, radius + 2)
    ctx.fill()
  }
  for (const [x, y, radius] of discs) {
    const shade = ctx.createRadialGradient(x - radius * 0.4, y - radius * 0.5, radius * 0.1, x, y, radius * 1.15)
    shade.addColorStop(0, light)
    shade.addColorStop(0.75, mix(light, dark, 0.62))
    shade.addColorStop(1, mix(light, dark, 0.8))
    ctx.fillStyle = shade
    oval(ctx, x, y, radius)
    ctx.fill()
  }
  ctx.fillStyle = fade(light, 0.55)
  for (const [x, y, radius] of discs) {
    for (let i = 0; i < 7; i++) {
      const turn = i * 2.4 + radius
      oval(
        ctx,
        x - radius * 0.2 + Math.cos(turn) * radius * 0.5,
        y - radius * 0.2 + Math.sin(turn) * radius * 0.5,
        3,
        2,
      )
      ctx.fill()
    }
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function bush(ctx, { leaf, trees }) {
  if (trees === 'rock') return rock(ctx, { leaf })
  foliage(ctx, leaf, [
    [-34, -18, 22],
    [34, -17, 21],
    [-12, -32, 25],
    [15, -30, 24],
    [0, -15, 24],
  ])
}

/** @param {CanvasRenderingContext2D} ctx @param {Pick<Theme, 'leaf'>} theme */
function rock(ctx, { leaf }) {
  const base = mix(leaf[0], '#8d929c', 0.75)
  const shade = ctx.createLinearGradient(-20, -30, 20, 6)
  shade.addColorStop(0, mix(base, '#ffffff', 0.4))
  shade.addColorStop(1, mix(base, '#1c2434', 0.3))
  ctx.fillStyle = shade
  ctx.strokeStyle = mix(base, '#1c2434', 0.5)
  ctx.lineWidth = 2
  ctx.beginPath()
  ctx.moveTo(-29, 2)
  ctx.bezierCurveTo(-32, -14, -18, -29, -4, -28)
  ctx.bezierCurveTo(14, -29, 31, -14, 29, 2)
  ctx.quadraticCurveTo(0, 7, -29, 2)
  ctx.fill()
  ctx.stroke()
}

/** @type {Record<Theme['trees'], (ctx: CanvasRenderingContext2D, theme: Theme) => void>} */
const TREES = { round: leafy, blossom: leafy, pine, rock: spire }

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function leafy(ctx, { leaf, trunk }) {
  ctx.fillStyle = trunk
  ctx.beginPath()
  ctx.moveTo(-15, 6)
  ctx.quadraticCurveTo(-7, -30, -8, -100)
  ctx.lineTo(9, -100)
  ctx.quadraticCurveTo(8, -30, 17, 6)
  ctx.quadraticCurveTo(0, 11, -15, 6)
  ctx.fill()
  ctx.fillStyle = fade('#000000', 0.16)
  ctx.fillRect(1, -100, 8, 105)
  foliage(ctx, leaf, [
    [-52, -112, 36],
    [52, -114, 36],
    [-28, -160, 42],
    [32, -158, 42],
    [0, -122, 46],
    [2, -188, 36],
  ])
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function pine(ctx, { leaf: [green, snow], trunk }) {
  ctx.fillStyle = trunk
  ctx.fillRect(-8, -34, 16, 40)
  for (const [y, half] of /** @type {[number, number][]} */ ([
    [-24, 64],
    [-76, 52],
    [-126, 38],
  ])) {
    for (const [color, drop, part] of /** @type {[string, number, number][]} */ ([
      [mix(green, '#10222c', 0.3), 0, 1],
      [green, -6, 0.94],
      [snow, -26, 0.66],
    ])) {
      ctx.fillStyle = color
      ctx.beginPath()
      ctx.moveTo(0, y - 90)
      ctx.quadraticCurveTo(half * part * 0.3, y - 30, half * part, y + drop)
      ctx.quadraticCurveTo(0, y + drop + 14, -half * part, y + drop)
      ctx.quadraticCurveTo(-half * part * 0.3, y - 30, 0, y - 90)
      ctx.fill()
    }
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function spire(ctx, { leaf: [dark, light] }) {
  for (const [x, height, half] of /** @type {[number, number, number][]} */ ([
    [-34, 96, 30],
    [32, 76, 30],
    [0, 150, 38],
  ])) {
    const shade = ctx.createLinearGradient(x - half, 0, x + half, 0)
    shade.addColorStop(0, light)
    shade.addColorStop(1, mix(dark, '#14163a', 0.3))
    ctx.fillStyle = shade
    ctx.beginPath()
    ctx.moveTo(x - half, 6)
    ctx.bezierCurveTo(x - half * 0.6, -height * 0.6, x - half * 0.4, -height, x, -height)
    ctx.bezierCurveTo(x + half * 0.5, -height, x + half * 0.7, -height * 0.5, x + half, 6)
    ctx.fill()
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
function cloud(ctx, { cloud: color }) {
  const shade = ctx.createLinearGradient(0, -66, 0, 26)
  shade.addColorStop(0, fade(color, 0.98))
  shade.addColorStop(0.65, fade(color, 0.86))
  shade.addColorStop(1, fade(color, 0.35))
  ctx.fillStyle = shade
  // One path, so that the overlaps do not show through.
  ctx.beginPath()
  for (const [x, y, rx, ry] of /** @type {[number, number, number, number][]} */ ([
    [-80, 2, 44, 22],
    [80, 4, 46, 20],
    [-38, -18, 42, 36],
    [34, -14, 46, 32],
    [0, -32, 42, 34],
    [0, 8, 110, 18],
  ])) {
    ctx.moveTo(x + rx, y)
    ctx.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2)
  }
  ctx.fill()
}
