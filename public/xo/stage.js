import { renderers } from '/shared/renderer.js'
import { Application, Container } from '/vendor/pixi.mjs'

/** A tab that comes back after minutes takes one small step. */
const LONGEST_STEP = 0.05

/**
 * The canvas over the whole page, and its clock, which stands still while nothing moves. Drawings lie where the sheet of
 * paper lies that the page's layout has put there.
 *
 * @param {HTMLElement} host
 * @param {{ table: HTMLElement, sheet: HTMLElement }} where `table`: what the sheet lies in, among other things
 */
export async function createStage(host, { table, sheet }) {
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
  app.canvas.setAttribute('aria-hidden', 'true')
  host.append(app.canvas)
  const paper = new Container()
  const air = new Container()
  app.stage.addChild(paper, air)

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

  /** Where the sheet lies on the canvas, in pixels of the page. */
  function place() {
    const [outer, inner] = [host.getBoundingClientRect(), sheet.getBoundingClientRect()]
    return { left: inner.left - outer.left, top: inner.top - outer.top, size: inner.width }
  }

  return {
    paper,
    air,
    wake,
    place,
    get moving() {
      return running
    },
    get size() {
      return { width: app.screen.width, height: app.screen.height }
    },
    /** @param {(seconds: number) => boolean} tick tells whether something still moves */
    onStep(tick) {
      step = tick
    },
    /**
     * The sheet is of another size, or elsewhere: it moves with whatever grows beside it, and nothing but its size is told to
     * an observer of itself.
     *
     * @param {() => void} moved
     */
    onMove(moved) {
      window.addEventListener('resize', () => {
        app.renderer.resolution = sharpness()
      })
      app.renderer.on('resize', moved)
      const sizes = new ResizeObserver(moved)
      for (const part of [sheet, ...table.children]) sizes.observe(part)
      table.addEventListener('scroll', moved, { passive: true })
    },
  }
}

/** @typedef {Awaited<ReturnType<typeof createStage>>} Stage */

const sharpness = () => Math.min(3, window.devicePixelRatio || 1)
