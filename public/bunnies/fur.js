import { blot, oval } from './atlas.js'

/** @typedef {import('./atlas.js').Picture} Picture */

/** The hue of a bunny whose player is away: none. */
export const GREY = -1

/** @param {number} hue */
function fur(hue) {
  if (hue === GREY) {
    return { light: '#ececec', main: '#cfcfcf', shade: '#adadad', line: '#5e5e5e', ink: '#2c2c2c', pink: '#bdb4b4' }
  }
  return {
    light: `hsl(${hue} 74% 93%)`,
    main: `hsl(${hue} 66% 82%)`,
    shade: `hsl(${hue} 50% 68%)`,
    line: `hsl(${hue} 36% 36%)`,
    ink: `hsl(${hue} 40% 16%)`,
    pink: `hsl(${hue > 300 || hue < 20 ? 340 : 350} 84% 76%)`,
  }
}

/**
 * One bunny, in the parts that move against each other. It looks to the right; the ground is at 0.
 *
 * @param {number} hue
 * @returns {Picture[]}
 */
export function bunnyPictures(hue) {
  const color = fur(hue)

  /** @param {CanvasRenderingContext2D} ctx @param {string | CanvasGradient} style */
  const inked = (ctx, style) => {
    ctx.fillStyle = style
    ctx.fill()
    ctx.strokeStyle = color.line
    ctx.lineWidth = 2.2
    ctx.stroke()
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} top @param {number} bottom */
  const coat = (ctx, top, bottom) => {
    const gradient = ctx.createLinearGradient(0, top, 0, bottom)
    gradient.addColorStop(0, color.light)
    gradient.addColorStop(0.45, color.main)
    gradient.addColorStop(1, color.shade)
    return gradient
  }

  /** @param {CanvasRenderingContext2D} ctx @param {boolean} open */
  const face = (ctx, open) => {
    ctx.beginPath()
    ctx.moveTo(0, -24)
    ctx.bezierCurveTo(17, -24, 29, -12, 29, 3)
    ctx.bezierCurveTo(29, 17, 16, 24, 1, 24)
    ctx.bezierCurveTo(-16, 24, -29, 17, -29, 3)
    ctx.bezierCurveTo(-29, -12, -17, -24, 0, -24)
    inked(ctx, coat(ctx, -26, 30))
    ctx.fillStyle = color.light
    oval(ctx, 9, 13, 13, 9)
    ctx.fill()
    for (const x of [-9, 25]) {
      blot(ctx, x, 10, 8, [
        [0, 'hsl(350 90% 70% / 0.6)'],
        [1, 'hsl(350 90% 70% / 0)'],
      ])
    }
    for (const x of [-3, 20]) eye(ctx, x, open)
    ctx.fillStyle = color.pink
    ctx.strokeStyle = color.ink
    ctx.lineWidth = 1.6
    ctx.beginPath()
    ctx.moveTo(5.6, 7.4)
    ctx.quadraticCurveTo(9, 5.6, 12.4, 7.4)
    ctx.quadraticCurveTo(11.6, 11, 9, 11)
    ctx.quadraticCurveTo(6.4, 11, 5.6, 7.4)
    ctx.fill()
    ctx.beginPath()
    ctx.arc(6, 11.4, 3, 0.1, Math.PI * 0.92)
    ctx.moveTo(15, 11.6)
    ctx.arc(12, 11.4, 3, 0.08 * Math.PI, Math.PI * 0.97)
    ctx.stroke()
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} x @param {boolean} open */
  const eye = (ctx, x, open) => {
    if (!open) {
      ctx.strokeStyle = color.ink
      ctx.lineWidth = 2.4
      ctx.beginPath()
      ctx.arc(x, -1, 4.6, 0.12 * Math.PI, 0.88 * Math.PI)
      ctx.stroke()
      return
    }
    ctx.fillStyle = color.ink
    oval(ctx, x, 0, 4.3, 5.8)
    ctx.fill()
    ctx.fillStyle = '#fff'
    oval(ctx, x + 1.3, -2.3, 1.7, 2)
    ctx.fill()
    oval(ctx, x - 1.4, 2.6, 0.9)
    ctx.fill()
  }

  return [
    {
      name: 'body',
      box: [-50, -58, 36, 6],
      paint(ctx) {
        oval(ctx, -34, -19, 11)
        inked(ctx, color.light)
        oval(ctx, -5, -25, 30, 25)
        inked(ctx, coat(ctx, -52, 6))
        ctx.fillStyle = color.light
        oval(ctx, 11, -17, 12, 13)
        ctx.fill()
      },
    },
    {
      name: 'foot',
      box: [-20, -12, 22, 12],
      paint(ctx) {
        oval(ctx, 0, 0, 16, 7.5)
        inked(ctx, color.main)
      },
    },
    {
      name: 'paw',
      box: [-12, -10, 12, 10],
      paint(ctx) {
        oval(ctx, 0, 0, 8, 6.2)
        inked(ctx, color.light)
      },
    },
    {
      name: 'ear',
      box: [-14, -48, 14, 6],
      paint(ctx) {
        ctx.beginPath()
        ctx.moveTo(-7, 4)
        ctx.bezierCurveTo(-14, -18, -10, -44, 0, -45)
        ctx.bezierCurveTo(10, -44, 14, -18, 7, 4)
        inked(ctx, color.main)
        ctx.fillStyle = color.pink
        ctx.beginPath()
        ctx.moveTo(-3, -2)
        ctx.bezierCurveTo(-8, -20, -5, -37, 0, -38)
        ctx.bezierCurveTo(5, -37, 8, -20, 3, -2)
        ctx.fill()
      },
    },
    { name: 'head', box: [-34, -28, 34, 28], paint: (ctx) => face(ctx, true) },
    { name: 'doze', box: [-34, -28, 34, 28], paint: (ctx) => face(ctx, false) },
  ]
}
