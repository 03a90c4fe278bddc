import { renderers } from '/shared/renderer.js'
import { Application, Container } from '/vendor/pixi.mjs'
import { feltCanvas } from './felt.js'
import { arrange } from './layout.js'

/** A drawing that does not change is not drawn again; a tab that comes back after minutes takes one small step. */
const LONGEST_STEP = 0.05

/**
 * The canvases, and the clock: it stands still while nothing moves.
 *
 * @param {HTMLElement} host
 */
export async function createStage(host) {
  const felt = feltCanvas()
  const app = new Application()
  await app.init({
    resizeTo: host,
    resolution: sharpness(),
    autoDensity: true,
    antialias: true,
    preference: renderers(),
    backgroundAlpha: 0,
    eventMode: 'none',
    accessibilityOptions: { activateOnTab: false },
    autoStart: false,
  })
  host.append(felt.element, app.canvas)
  app.canvas.setAttribute('aria-hidden', 'true')

  const layers = {
    back: new Container(),
    fans: new Container(),
    glow: new Container(),
    pile: new Container(),
    hand: new Container(),
    sparks: new Container(),
  }
  app.stage.addChild(layers.back, layers.fans, layers.glow, layers.pile, layers.hand, layers.sparks)

  /** @type {(seconds: number) => boolean} */
  let step = () => false
  let running = false
  let before = 0

  /** @param {number} time */
  function frame(time) {
    const seconds = Math.min(LONGEST_STEP, Math.max(0.001, (time - before) / 1000))
    before = time
    const moves = step(seconds)
    app.render()
    if (moves) requestAnimationFrame(frame)
    else running = false
  }

  /** Something has changed that is to be seen. */
  function wake() {
    if (running) return
    running = true
    requestAnimationFrame((time) => {
      before = time - 16
      frame(time)
    })
  }

  const inset = () => {
    const style = getComputedStyle(host)
    return { top: Number.parseFloat(style.paddingTop) || 0, bottom: Number.parseFloat(style.paddingBottom) || 0 }
  }

  return {
    canvas: app.canvas,
    layers,
    felt,
    wake,
    get moving() {
      return running
    },
    get sharp() {
      return app.renderer.resolution
    },
    layout: () => arrange(host.clientWidth, host.clientHeight, inset()),
    /** @param {(seconds: number) => boolean} tick tells whether something still moves */
    onStep(tick) {
      step = tick
    },
    /** @param {() => void} resized */
    onResize(resized) {
      // Zooming the page changes the size of a pixel, as does another monitor.
      window.addEventListener('resize', () => {
        app.renderer.resolution = sharpness()
      })
      app.renderer.on('resize', resized)
    },
  }
}

/** @typedef {Awaited<ReturnType<typeof createStage>>} Stage */

const sharpness = () => Math.min(3, window.devicePixelRatio || 1)
