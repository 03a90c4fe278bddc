import { ImageSource, Rectangle, Texture } from '/vendor/pixi.mjs'

/**
 * A picture to be painted once: its box in world units around its own pivot (0, 0), which becomes the anchor.
 *
 * @typedef {{ name: string, box: [left: number, top: number, right: number, bottom: number], paint: (ctx: CanvasRenderingContext2D) => void }} Picture
 */

const GAP = 4

/** @param {number} width @param {number} height in pixels */
export function canvas(width, height) {
  const element = document.createElement('canvas')
  element.width = Math.ceil(width)
  element.height = Math.ceil(height)
  const ctx = element.getContext('2d')
  if (!ctx) throw new Error('This browser draws no 2D canvas')
  return { element, ctx }
}

/**
 * @param {HTMLCanvasElement} element
 * @param {number} scale pixels to a world unit
 * @param {boolean} [shrinks] whether it is also drawn much smaller than it is
 */
export function texture(element, scale, shrinks = false) {
  return new Texture({
    source: new ImageSource({ resource: element, resolution: scale, autoGenerateMipmaps: shrinks }),
  })
}

/**
 * Paints pictures side by side into one texture, so that the renderer draws them in one batch.
 *
 * @param {Picture[]} pictures
 * @param {number} scale pixels to a world unit
 * @returns {{ get: (name: string) => Texture, destroy: () => void }}
 */
export function atlas(pictures, scale) {
  const most = 1400 / scale
  let x = GAP
  let y = GAP
  let row = 0
  let width = 0
  const places = pictures.map((picture) => {
    const [left, top, right, bottom] = picture.box
    if (x + right - left > most && x > GAP) {
      x = GAP
      y += row + GAP
      row = 0
    }
    const place = { picture, frame: new Rectangle(x, y, right - left, bottom - top) }
    x += right - left + GAP
    row = Math.max(row, bottom - top)
    width = Math.max(width, x)
    return place
  })

  const { element, ctx } = canvas(width * scale, (y + row + GAP) * scale)
  for (const { picture, frame } of places) {
    ctx.save()
    ctx.scale(scale, scale)
    ctx.translate(frame.x - picture.box[0], frame.y - picture.box[1])
    ctx.lineCap = 'round'
    ctx.lineJoin = 'round'
    picture.paint(ctx)
    ctx.restore()
  }

  const { source } = texture(element, scale, true)
  const textures = new Map(
    places.map(({ picture, frame }) => {
      const [left, top] = picture.box
      const defaultAnchor = { x: -left / frame.width, y: -top / frame.height }
      return [picture.name, new Texture({ source, frame, defaultAnchor })]
    }),
  )
  return {
    get(name) {
      const found = textures.get(name)
      if (!found) throw new Error(`No picture called ${name}`)
      return found
    },
    destroy: () => source.destroy(),
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} rx
 * @param {number} [ry]
 * @param {number} [turn] in radians
 */
export function oval(ctx, x, y, rx, ry = rx, turn = 0) {
  ctx.beginPath()
  ctx.ellipse(x, y, rx, ry, turn, 0, Math.PI * 2)
}

/**
 * A soft blot of one colour: what a blur filter would do, where there is none.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {[at: number, color: string][]} stops
 */
export function blot(ctx, x, y, radius, stops) {
  const gradient = ctx.createRadialGradient(x, y, 0, x, y, radius)
  for (const [at, color] of stops) gradient.addColorStop(at, color)
  ctx.fillStyle = gradient
  ctx.fillRect(x - radius, y - radius, radius * 2, radius * 2)
}
