/**
 * The server's own client, with its close codes put into words for a player.
 *
 *     const room = join('lobby', { name: 'Ada' })
 *     room.on('message', (message) => draw(message))
 *     room.send({ t: 'Hop', x: 3, y: 4 })
 */
import { join as joinRoom } from '/playpipe.js'

/** @typedef {import('/playpipe.js').Status & { reason: string, retryIn: number }} Status `reason` is a sentence */

/** Where the server's own reason says more, it takes the place of `%`. */
/** @type {Record<number, string>} */
const CODES = {
  1000: 'The game ended%',
  1001: 'The server is going away',
  1007: 'The server got text it cannot read',
  1008: 'The server refused a message%',
  1009: 'A message was too large',
  1011: 'The game crashed%',
  1012: 'The server is restarting',
  1013: 'The connection could not keep up',
  4401: 'You need to sign in again%',
  4403: 'You may not enter this room%',
  4404: 'There is no such game%',
  4409: 'You joined from another window',
  4410: 'Your place was given up',
  4429: 'Too many messages or connections',
  4503: 'The room is full',
}

/**
 * @param {number} code what the WebSocket closed with; 1006 when it never opened or broke
 * @param {string} reason the server's words, often empty
 * @param {boolean} opened whether this attempt had got through
 */
export function explain(code, reason, opened) {
  const detail = reason ? `: ${reason}` : ''
  if (code >= 4000 && code < 4100) return `You were removed from the room${detail}`
  const known = CODES[code]
  if (known) return known.replace('%', () => detail)
  if (!navigator.onLine) return 'You are offline'
  return opened ? 'The connection broke' : "The server can't be reached"
}

/** @typedef {ReturnType<typeof join>} Room */

/**
 * @param {string} name
 * @param {{ name?: string, game?: string, query?: Record<string, string> }} [options] `game`: the path that its rooms lie under, where a server runs several games
 */
export function join(name, { name: player, game, query } = {}) {
  const room = joinRoom(name, { name: player, query, ...(game && { url: `${location.origin}/${game}` }) })
  let opened = false
  return {
    get state() {
      return room.state
    },
    get rtt() {
      return room.rtt
    },
    /** @param {(message: any) => void} listener */
    onMessage: (listener) => room.on('message', listener),
    /** @param {(status: Status) => void} listener */
    onStatus: (listener) =>
      room.on('status', ({ state, code = 0, reason = '', retryIn = 0 }) => {
        const sentence = state === 'open' || code === 0 ? '' : explain(code, reason, opened)
        opened = state === 'open'
        listener({ state, code, reason: sentence, retryIn })
      }),
    /** A move is stale by the time that a broken connection is back: it is not kept. @param {unknown} message @returns {boolean} whether it went out */
    send: (message) => room.state === 'open' && room.send(message),
    retry: () => room.retry(),
    leave: () => room.leave(),
  }
}
