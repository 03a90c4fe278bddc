import { renderers } from '/shared/renderer.js'
import { Application, Container, Sprite } from '/vendor/pixi.mjs'
import { atlas } from './atlas.js'
import { HEIGHT, WIDTH } from './backdrop.js'
import { commonPictures } from './marks.js'
import { Scenery } from './scenery.js'
import { themeOf } from './themes.js'

/** The world never gets smaller than this on screen: on a phone held sideways, bunnies stay touchable. */
const SMALLEST = 0.62
/** Beyond this, more pixels cost frames and show nothing. */
const SHARPEST = 2

/** @typedef {import('./themes.js').Theme} Theme */

/**
 * The canvas, the camera, and the layers: the place behind, things sorted by depth, particles, and what floats over
 * all (names, pointers), which does not scale with the world.
 *
 * @param {HTMLElement} host
 */
export async function createStage(host) {
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
  })
  host.append(app.canvas)

  const common = atlas(commonPictures(), 3)
  const world = new Container()
  const things = new Container({ sortableChildren: true })
  const under = new Container()
  const sparks = new Container()
  const overlay = new Container({ sortableChildren: true })
  app.stage.addChild(world, overlay)

  const camera = { x: WIDTH / 2, y: HEIGHT / 2, left: 0, top: 0, scale: 1, width: 0, height: 0 }
  /** @type {Scenery | undefined} */
  let scenery
  let place = { room: '', dark: false }
  let theme = themeOf('', false)

  /** @param {string} room @param {boolean} dark */
  function show(room, dark) {
    place = { room, dark }
    theme = themeOf(room, dark)
    scenery?.destroy()
    scenery = new Scenery(theme, room, wantedScale(), things)
    world.removeChildren()
    world.addChild(scenery.back, under, things, scenery.front, sparks)
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) {
      app.canvas.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 350, easing: 'ease-out' })
    }
    return theme
  }

  /** In steps, so that a slightly different window does not paint everything anew. */
  function wantedScale() {
    const pixels = camera.scale * app.renderer.resolution
    return Math.min(SHARPEST, Math.max(0.75, Math.ceil(pixels * 4) / 4))
  }

  function measure() {
    const { width, height } = app.screen
    camera.scale = Math.max(width / WIDTH, height / HEIGHT, SMALLEST)
    camera.width = width / camera.scale
    camera.height = height / camera.scale
  }
  measure()

  // Zooming the page changes the size of a pixel, as does another monitor.
  window.addEventListener('resize', () => {
    app.renderer.resolution = sharpness()
  })
  let settling = 0
  app.renderer.on('resize', () => {
    measure()
    clearTimeout(settling)
    settling = window.setTimeout(() => {
      if (scenery && wantedScale() > scenery.scale) show(place.room, place.dark)
    }, 300)
  })

  /**
   * @param {number} seconds
   * @param {{ x: number, y: number } | undefined} target whom the camera follows
   * @param {boolean} calm
   */
  function step(seconds, target, calm) {
    if (target) {
      const ease = calm ? 1 : 1 - Math.exp(-seconds * 7)
      camera.x += (target.x - camera.x) * ease
      camera.y += (target.y - camera.y) * ease
    }
    camera.left = clamp(camera.x - camera.width / 2, 0, WIDTH - camera.width)
    camera.top = clamp(camera.y - camera.height * 0.55, 0, HEIGHT - camera.height)
    world.scale.set(camera.scale)
    world.position.set(-camera.left * camera.scale, -camera.top * camera.scale)
    scenery?.step(seconds, camera.left, calm)
  }

  /** @param {number} x @param {number} y in the world @returns {[x: number, y: number]} on the screen */
  const toScreen = (x, y) => [(x - camera.left) * camera.scale, (y - camera.top) * camera.scale]

  /** @param {MouseEvent} event */
  const toWorld = ({ clientX, clientY }) => {
    const box = app.canvas.getBoundingClientRect()
    return { x: (clientX - box.x) / camera.scale + camera.left, y: (clientY - box.y) / camera.scale + camera.top }
  }

  return {
    canvas: app.canvas,
    ticker: app.ticker,
    screen: app.screen,
    common,
    layers: { under, things, sparks, overlay },
    show,
    step,
    toScreen,
    toWorld,
    get theme() {
      return theme
    },
    get view() {
      return camera
    },
    /** @param {number} x @param {number} y */
    shake: (x, y) => scenery?.shake(x, y),
    /** The camera jumps where it would otherwise glide across the whole place. @param {{ x: number, y: number }} at */
    lookAt: ({ x, y }) => Object.assign(camera, { x, y }),
  }
}

const sharpness = () => Math.min(SHARPEST, window.devicePixelRatio || 1)

/** @typedef {Awaited<ReturnType<typeof createStage>>} Stage */

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => Math.max(least, Math.min(most, value))

/** @param {Stage['common']} common @param {string} picture @param {Container} parent */
export function sprite(common, picture, parent) {
  return parent.addChild(new Sprite({ texture: common.get(picture), visible: false }))
}
