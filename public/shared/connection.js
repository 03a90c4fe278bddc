/**
 * A place in a room that outlives its WebSocket: it comes back after a break, and says in words why one happened.
 *
 *     const room = join('lobby', { name: 'Ada' })
 *     room.on('message', (message) => draw(message))
 *     room.send({ t: 'Hop', x: 3, y: 4 })
 */

/** @typedef {'connecting' | 'open' | 'waiting' | 'closed'} State `closed` is final: only `retry()` leaves it */
/** @typedef {{ state: State, code: number, reason: string, retryIn: number }} Status `retryIn` in milliseconds */
/** @typedef {{ message: any, status: Status }} Events */
/** @typedef {'soon' | 'slow' | 'never'} Retry */

/** Where the server's own reason says more, it takes the place of `%`. */
/** @type {Record<number, [sentence: string, retry: Retry]>} */
const CODES = {
  1000: ['The game ended%', 'never'],
  1001: ['The server is going away', 'soon'],
  1007: ['The server got text it cannot read', 'never'],
  1008: ['The server refused a message%', 'never'],
  1009: ['A message was too large', 'never'],
  1011: ['The game crashed%', 'soon'],
  1012: ['The server is restarting', 'soon'],
  1013: ['The connection could not keep up', 'soon'],
  4401: ['You need to sign in again%', 'never'],
  4403: ['You may not enter this room%', 'never'],
  4404: ['There is no such game%', 'never'],
  4409: ['You joined from another window', 'never'],
  4410: ['Your place was given up', 'soon'],
  4429: ['Too many messages or connections', 'slow'],
  4503: ['The room is full', 'slow'],
}

/**
 * @param {number} code what the WebSocket closed with; 1006 when it never opened or broke
 * @param {string} reason the server's words, often empty
 * @param {boolean} opened whether this attempt had got through
 * @returns {{ sentence: string, retry: Retry }}
 */
export function explain(code, reason, opened) {
  const detail = reason ? `: ${reason}` : ''
  if (code >= 4000 && code < 4100) return { sentence: `You were removed from the room${detail}`, retry: 'never' }
  const known = CODES[code]
  if (known) return { sentence: known[0].replace('%', () => detail), retry: known[1] }
  if (!navigator.onLine) return { sentence: 'You are offline', retry: 'soon' }
  if (!opened) return { sentence: "The server can't be reached", retry: 'soon' }
  return { sentence: `The connection broke${detail}`, retry: 'soon' }
}

/** Full jitter: after a restart, a thousand players must not come back in the same moment. */
const BACKOFF = { soon: { first: 600, most: 15_000 }, slow: { first: 10_000, most: 60_000 } }
/** A connection that held this long was a good one; a shorter one (a game that crashes at once) keeps the backoff. */
const SETTLED = 5_000
const PATIENCE = 10_000

/**
 * @param {string} room
 * @param {Record<string, string>} [params] go into the query, where the game's `--joinmsg` finds them
 * @returns {Room}
 */
export function join(room, params = {}) {
  const url = new URL(`/${encodeURIComponent(room)}`, location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = new URLSearchParams(params).toString()
  return new Room(url)
}

export class Room {
  /** @type {WebSocket | undefined} */
  #socket
  #left = false
  #failures = 0
  #timer = 0
  /** @type {Status} */
  #status = { state: 'connecting', code: 0, reason: '', retryIn: 0 }
  /** @type {{ [K in keyof Events]: Set<(event: Events[K]) => void> }} */
  #listeners = { message: new Set(), status: new Set() }
  #wake = () => {
    if (this.#status.state === 'waiting' && document.visibilityState === 'visible') this.retry()
  }

  /** @param {URL} url */
  constructor(url) {
    this.url = url
    window.addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
    // Listeners are attached after the constructor returns, and must not miss the first status.
    queueMicrotask(() => this.#connect())
  }

  get status() {
    return this.#status
  }

  /**
   * @template {keyof Events} K
   * @param {K} event
   * @param {(event: Events[K]) => void} listener
   * @returns {() => void} stops listening
   */
  on(event, listener) {
    this.#listeners[event].add(listener)
    return () => void this.#listeners[event].delete(listener)
  }

  /**
   * @param {unknown} message
   * @returns {boolean} false when there is no connection: a game's moves are stale by the time it returns
   */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  /** Tries at once: for an impatient player, and the only way out of `closed`. */
  retry() {
    if (this.#status.state === 'connecting' || this.#status.state === 'open') return
    this.#connect()
  }

  leave() {
    window.removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
    clearTimeout(this.#timer)
    for (const listeners of Object.values(this.#listeners)) listeners.clear()
    this.#socket?.close()
    this.#socket = undefined
    this.#left = true
    this.#status = { state: 'closed', code: 1000, reason: 'You left', retryIn: 0 }
  }

  #connect() {
    if (this.#left) return
    clearTimeout(this.#timer)
    const socket = new WebSocket(this.url)
    this.#socket = socket
    let opened = 0
    this.#tell({ ...this.#status, state: 'connecting', retryIn: 0 })
    const patience = setTimeout(() => socket.close(), PATIENCE)
    socket.onopen = () => {
      opened = performance.now()
      clearTimeout(patience)
      this.#tell({ state: 'open', code: 0, reason: '', retryIn: 0 })
    }
    socket.onmessage = ({ data }) => this.#emit('message', parse(data))
    socket.onclose = ({ code, reason }) => {
      clearTimeout(patience)
      if (socket !== this.#socket) return
      if (opened && performance.now() - opened > SETTLED) this.#failures = 0
      this.#lost(code, reason, opened > 0)
    }
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {boolean} opened
   */
  #lost(code, reason, opened) {
    const { sentence, retry } = explain(code, reason, opened)
    if (retry === 'never') return this.#tell({ state: 'closed', code, reason: sentence, retryIn: 0 })
    const { first, most } = BACKOFF[retry]
    const retryIn = Math.round(Math.random() * Math.min(most, first * 2 ** this.#failures++))
    this.#timer = window.setTimeout(() => this.#connect(), retryIn)
    this.#tell({ state: 'waiting', code, reason: sentence, retryIn })
  }

  /** @param {Status} status */
  #tell(status) {
    this.#status = status
    this.#emit('status', status)
  }

  /**
   * @template {keyof Events} K
   * @param {K} event
   * @param {Events[K]} value
   */
  #emit(event, value) {
    for (const listener of this.#listeners[event]) listener(value)
  }
}

/** A frame that is no JSON is still a frame: programs may print plain text. @param {unknown} data */
function parse(data) {
  try {
    return typeof data === 'string' ? JSON.parse(data) : data
  } catch {
    return data
  }
}
