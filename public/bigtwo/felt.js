import { drawRank, drawSuit } from './glyphs.js'

/** Beyond this, more pixels cost time and show nothing: cloth is soft. */
const SHARPEST = 2

/** Paints the room and the table: once for a size, on a canvas of its own under the cards. */
export function feltCanvas() {
  const element = document.createElement('canvas')
  element.className = 'felt'
  element.setAttribute('aria-hidden', 'true')
  const ctx = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d', { alpha: false }))

  /** @param {import('./layout.js').Layout} layout @param {import('./themes.js').Theme} theme */
  function paint({ width, height, table, pile }, theme) {
    const sharp = Math.min(SHARPEST, window.devicePixelRatio || 1)
    element.width = Math.ceil(width * sharp)
    element.height = Math.ceil(height * sharp)
    ctx.setTransform(sharp, 0, 0, sharp, 0, 0)
    floor(ctx, width, height, theme)
    rim(ctx, table, theme, sharp)
    cloth(ctx, table, theme, sharp)
    emblem(ctx, pile, theme)
  }
  return { element, paint }
}

/** @typedef {import('./themes.js').Theme} Theme */
/** @typedef {import('./layout.js').Layout['table']} Bounds */

/** @param {CanvasRenderingContext2D} ctx @param {number} width @param {number} height @param {Theme} theme */
function floor(ctx, width, height, { floor: [near, far] }) {
  const reach = Math.hypot(width, height) * 0.62
  const light = ctx.createRadialGradient(width / 2, height * 0.4, 0, width / 2, height * 0.4, reach)
  light.addColorStop(0, near)
  light.addColorStop(1, far)
  ctx.fillStyle = light
  ctx.fillRect(0, 0, width, height)
  ctx.fillStyle = far
  ctx.globalAlpha = 0.35
  const step = 56
  for (let y = -step; y < height + step; y += step) {
    for (let x = -step; x < width + step; x += step) {
      drawSuit(ctx, 'DCHS'[(x / step + (y / step) * 2 + 8) & 3] ?? 'D', x + (y / step) * 14, y, 13)
    }
  }
  ctx.globalAlpha = 1
}

/** @param {CanvasRenderingContext2D} ctx @param {Bounds} bounds @param {number} inset */
function outline(ctx, { x, y, width, height, radius }, inset) {
  ctx.beginPath()
  ctx.roundRect(x + inset, y + inset, width - 2 * inset, height - 2 * inset, Math.max(4, radius - inset))
}

/** @param {CanvasRenderingContext2D} ctx @param {Bounds} table @param {Theme} theme @param {number} sharp */
function rim(ctx, table, { rim: [light, middle, dark] }, sharp) {
  ctx.save()
  ctx.shadowColor = 'rgb(20 10 0 / 50%)'
  ctx.shadowBlur = 34 * sharp
  ctx.shadowOffsetY = 14 * sharp
  const wood = ctx.createLinearGradient(table.x, table.y, table.x + table.width * 0.3, table.y + table.height)
  wood.addColorStop(0, light)
  wood.addColorStop(0.5, middle)
  wood.addColorStop(1, dark)
  outline(ctx, table, 0)
  ctx.fillStyle = wood
  ctx.fill()
  ctx.restore()

  // Grain, then the light on the outer edge and on the lip above the cloth.
  ctx.save()
  outline(ctx, table, 0)
  ctx.clip()
  ctx.lineWidth = 1
  for (let i = 1; i < table.rim; i += 2.5) {
    ctx.strokeStyle = i % 5 < 2.5 ? dark : light
    ctx.globalAlpha = 0.16
    outline(ctx, table, i)
    ctx.stroke()
  }
  ctx.globalAlpha = 0.75
  ctx.strokeStyle = light
  ctx.lineWidth = 2
  outline(ctx, table, 1)
  ctx.stroke()
  ctx.restore()
}

/** @param {CanvasRenderingContext2D} ctx @param {Bounds} table @param {Theme} theme @param {number} sharp */
function cloth(ctx, table, { felt: [light, deep, edge], thread, rim: [, , dark] }, sharp) {
  const { x, y, width, height } = table
  ctx.save()
  outline(ctx, table, table.rim)
  ctx.clip()
  const lamp = [x + width / 2, y + height * 0.4]
  const cloth = ctx.createRadialGradient(
    lamp[0] ?? 0,
    lamp[1] ?? 0,
    0,
    lamp[0] ?? 0,
    lamp[1] ?? 0,
    Math.hypot(width, height) * 0.56,
  )
  cloth.addColorStop(0, light)
  cloth.addColorStop(0.55, deep)
  cloth.addColorStop(1, edge)
  ctx.fillStyle = cloth
  ctx.fillRect(x, y, width, height)
  ctx.fillStyle = weave(ctx)
  ctx.fillRect(x, y, width, height)

  // The rim's shadow falls on the cloth: a ring outside the clip throws it.
  ctx.shadowColor = 'rgb(0 0 0 / 60%)'
  ctx.shadowBlur = 22 * sharp
  ctx.shadowOffsetY = 6 * sharp
  ctx.strokeStyle = dark
  ctx.lineWidth = 8
  outline(ctx, table, table.rim - 4)
  ctx.stroke()
  ctx.restore()

  ctx.save()
  ctx.strokeStyle = dark
  ctx.lineWidth = 1.5
  outline(ctx, table, table.rim)
  ctx.stroke()
  ctx.strokeStyle = thread
  ctx.globalAlpha = 0.34
  ctx.lineWidth = 1.25
  outline(ctx, table, table.rim + 13)
  ctx.stroke()
  ctx.globalAlpha = 0.18
  outline(ctx, table, table.rim + 17)
  ctx.stroke()
  ctx.restore()
}

/** @param {CanvasRenderingContext2D} ctx */
function weave(ctx) {
  const size = 96
  const tile = document.createElement('canvas')
  tile.width = tile.height = size
  const dots = /** @type {CanvasRenderingContext2D} */ (tile.getContext('2d'))
  const image = dots.createImageData(size, size)
  for (let i = 0; i < image.data.length; i += 4) {
    const bright = Math.random() < 0.5 ? 0 : 255
    image.data.set([bright, bright, bright, Math.random() * 15], i)
  }
  dots.putImageData(image, 0, 0)
  return ctx.createPattern(tile, 'repeat') ?? 'transparent'
}

/** What is embroidered where the plays lie. @param {CanvasRenderingContext2D} ctx @param {{ x: number, y: number, width: number }} pile @param {Theme} theme */
function emblem(ctx, { x, y, width }, { thread }) {
  const r = width * 0.92
  ctx.save()
  ctx.translate(x, y)
  ctx.globalAlpha = 0.2
  ctx.strokeStyle = thread
  ctx.fillStyle = thread
  for (const [at, thick] of /** @type {const} */ ([
    [r, 1.5],
    [r * 0.93, 0.8],
    [r * 0.62, 1.2],
  ])) {
    ctx.lineWidth = thick
    ctx.beginPath()
    ctx.arc(0, 0, at, 0, Math.PI * 2)
    ctx.stroke()
  }
  for (const [i, suit] of [...'SHCD'].entries()) {
    const angle = -Math.PI / 2 + (i * Math.PI) / 2
    drawSuit(ctx, suit, Math.cos(angle) * r * 0.775, Math.sin(angle) * r * 0.775, r * 0.2)
    for (const off of [-0.42, 0, 0.42]) {
      const at = angle + Math.PI / 4 + off
      ctx.beginPath()
      ctx.arc(Math.cos(at) * r * 0.775, Math.sin(at) * r * 0.775, off ? 1.6 : 2.4, 0, Math.PI * 2)
      ctx.fill()
    }
  }
  drawRank(ctx, '2', (-8.5 * r * 0.56) / 28, -r * 0.28, r * 0.56, 0.8)
  ctx.restore()
}
