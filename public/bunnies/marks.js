import { blot, oval } from './atlas.js'
import { EMOTES } from './emotes.js'

/** @typedef {import('./atlas.js').Picture} Picture */

const TAU = Math.PI * 2

/** Things of any place: carrots, bubbles, and white particles to be tinted. @returns {Picture[]} */
export function commonPictures() {
  return [
    { name: 'carrot', box: [-24, -60, 24, 6], paint: carrot },
    { name: 'shadow', box: [-34, -14, 34, 14], paint: shadow },
    { name: 'dot', box: [-10, -10, 10, 10], paint: dot },
    { name: 'puff', box: [-12, -12, 12, 12], paint: puff },
    { name: 'petal', box: [-8, -6, 8, 6], paint: petal },
    { name: 'star', box: [-12, -12, 12, 12], paint: star },
    { name: 'ring', box: [-36, -16, 36, 16], paint: ring },
    { name: 'pointer', box: [-30, -30, 30, 30], paint: pointer },
    ...EMOTES.map((emote) => bubble(emote)),
  ]
}

/** @param {CanvasRenderingContext2D} ctx */
function carrot(ctx) {
  ctx.rotate(0.16)
  ctx.strokeStyle = '#2f6f35'
  for (const turn of [-0.55, 0.5, 0]) {
    const length = turn ? 20 : 25
    ctx.save()
    ctx.translate(0, -31)
    ctx.rotate(turn)
    ctx.beginPath()
    ctx.moveTo(0, 0)
    ctx.bezierCurveTo(-7, -8, -5, -length, 0, -length)
    ctx.bezierCurveTo(5, -length, 7, -8, 0, 0)
    ctx.fillStyle = turn ? '#5db454' : '#79cf63'
    ctx.fill()
    ctx.lineWidth = 1.8
    ctx.stroke()
    ctx.restore()
  }
  const flesh = ctx.createLinearGradient(-12, 0, 12, 0)
  flesh.addColorStop(0, '#ffb057')
  flesh.addColorStop(0.5, '#fb8430')
  flesh.addColorStop(1, '#dd5f1d')
  ctx.beginPath()
  ctx.moveTo(0, 1)
  ctx.bezierCurveTo(-7, -9, -15, -24, -11, -31)
  ctx.bezierCurveTo(-7, -36, 7, -36, 11, -31)
  ctx.bezierCurveTo(15, -24, 7, -9, 0, 1)
  ctx.fillStyle = flesh
  ctx.fill()
  ctx.strokeStyle = '#94400f'
  ctx.lineWidth = 2.2
  ctx.stroke()
  ctx.lineWidth = 1.8
  ctx.beginPath()
  ctx.moveTo(-10, -24)
  ctx.lineTo(-3, -23)
  ctx.moveTo(3, -18)
  ctx.lineTo(9, -17)
  ctx.moveTo(-6, -12)
  ctx.lineTo(-1, -11)
  ctx.stroke()
}

/** @param {CanvasRenderingContext2D} ctx */
function shadow(ctx) {
  ctx.scale(1, 0.4)
  blot(ctx, 0, 0, 34, [
    [0, 'rgb(10 20 30 / 0.42)'],
    [0.55, 'rgb(10 20 30 / 0.26)'],
    [1, 'rgb(10 20 30 / 0)'],
  ])
}

/** @param {CanvasRenderingContext2D} ctx */
function dot(ctx) {
  blot(ctx, 0, 0, 10, [
    [0, 'rgb(255 255 255 / 1)'],
    [0.3, 'rgb(255 255 255 / 0.7)'],
    [1, 'rgb(255 255 255 / 0)'],
  ])
}

/** @param {CanvasRenderingContext2D} ctx */
function puff(ctx) {
  ctx.fillStyle = '#fff'
  ctx.beginPath()
  ctx.arc(-4, 2, 6, 0, TAU)
  ctx.arc(4, 2, 6, 0, TAU)
  ctx.arc(0, -3, 7, 0, TAU)
  ctx.fill()
}

/** @param {CanvasRenderingContext2D} ctx */
function petal(ctx) {
  ctx.fillStyle = '#fff'
  ctx.beginPath()
  ctx.moveTo(-7, 0)
  ctx.bezierCurveTo(-3, -7, 5, -5, 7, 0)
  ctx.bezierCurveTo(5, 4, -3, 5, -7, 0)
  ctx.fill()
}

/** @param {CanvasRenderingContext2D} ctx */
function star(ctx) {
  ctx.fillStyle = '#fff'
  ctx.beginPath()
  for (let i = 0; i < 8; i++) {
    const radius = i % 2 ? 3 : 11
    ctx.lineTo(Math.cos((i / 8) * TAU) * radius, Math.sin((i / 8) * TAU) * radius)
  }
  ctx.fill()
}

/** @param {CanvasRenderingContext2D} ctx */
function ring(ctx) {
  ctx.strokeStyle = '#fff'
  ctx.lineWidth = 3
  oval(ctx, 0, 0, 33, 13)
  ctx.stroke()
}

/** A drop that points to the right, for bunnies beyond the screen's edge. @param {CanvasRenderingContext2D} ctx */
function pointer(ctx) {
  ctx.fillStyle = '#fff'
  ctx.beginPath()
  ctx.arc(0, 0, 21, 0.2 * Math.PI, 1.8 * Math.PI)
  ctx.lineTo(28, 0)
  ctx.closePath()
  ctx.fill()
}

/** @param {(typeof EMOTES)[number]} emote @returns {Picture} */
function bubble({ name, d, color }) {
  return {
    name,
    box: [-30, -62, 30, 2],
    paint(ctx) {
      ctx.fillStyle = '#fffdf8'
      ctx.strokeStyle = 'rgb(30 40 60 / 0.25)'
      ctx.lineWidth = 1.5
      ctx.beginPath()
      ctx.arc(0, -34, 25, 0.62 * Math.PI, 0.38 * Math.PI)
      ctx.lineTo(0, 0)
      ctx.closePath()
      ctx.fill()
      ctx.stroke()
      ctx.translate(-16.5, -50.5)
      ctx.scale(1.375, 1.375)
      ctx.fillStyle = color
      ctx.fill(new Path2D(d), 'evenodd')
    },
  }
}
