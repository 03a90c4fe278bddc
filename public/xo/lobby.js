/** The server's lobby: accounts, the games that wait and run, tickets. All that the page asks of `/api/v1/` is here. */

const API = '/api/v1'
const KIND = 'xo'
/** Who was told once that there is no lobby does not ask again in this tab: a 404 is an error in the browser's console. */
const ABSENT = 'playpipe.lobby'

/** @typedef {{ sub: string, name: string, guest?: true }} Account */
/**
 * @typedef {{
 *   id: string, kind: string, room: string, state: 'waiting' | 'running' | 'ended', open: boolean,
 *   players: Account[], connections: number, created: number,
 *   parameters: Record<string, any>, metadata: Record<string, any>,
 * }} LobbyGame
 */
/** @typedef {{ game: LobbyGame, ticket: string }} Admission */

/** The server said no; the message is a sentence for the player. */
export class LobbyRefusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** @returns {Promise<Lobby | undefined>} undefined where the server has none */
export async function findLobby() {
  if (flag() === 'no') return undefined
  try {
    const answer = await fetch(`${API}/openapi.json`, { headers: { accept: 'application/json' } })
    const document = answer.ok ? await answer.json() : undefined
    if (!document?.openapi) throw new TypeError('no lobby')
  } catch {
    flag('no')
    return undefined
  }
  const lobby = new Lobby()
  await lobby.recall()
  return lobby
}

/** @param {string} [value] */
function flag(value) {
  try {
    if (value !== undefined) sessionStorage.setItem(ABSENT, value)
    return sessionStorage.getItem(ABSENT)
  } catch {
    return null // Storage is forbidden: the question is asked each time.
  }
}

export class Lobby {
  /** @type {Account | undefined} */
  me
  /** @type {Map<string, LobbyGame>} */
  games = new Map()
  /** @type {EventSource | undefined} */
  #stream

  /** Who is signed in, by the browser's cookie. A session is remembered by a flag, so that nobody else is asked for one. */
  async recall() {
    if (flagged() !== 'yes') return
    try {
      this.me = (await this.#ask('GET', '/me')).player
    } catch {
      flagged('no')
    }
  }

  /** @param {string} name @param {string} password */
  signUp = (name, password) => this.#enter('/signup', { name, password })
  /** @param {string} name @param {string} password */
  logIn = (name, password) => this.#enter('/login', { name, password })
  /** @param {string} name */
  playAsGuest = (name) => this.#enter('/guests', { name })

  /** @param {string} path @param {object} body */
  async #enter(path, body) {
    this.me = (await this.#ask('POST', path, body)).player
    flagged('yes')
  }

  async logOut() {
    await this.#ask('POST', '/logout', {}).catch((error) => {
      // Not signed in any more is what was wanted.
      if (error.status !== 401) throw error
    })
    this.me = undefined
    flagged('no')
  }

  /** @param {{ side: number, line: number }} parameters @returns {Promise<Admission>} */
  create = (parameters) => this.#ask('POST', '/games', { kind: KIND, parameters })
  /** @returns {Promise<Admission>} */
  quickMatch = () => this.#ask('POST', '/quickmatch', { kind: KIND })
  /** @param {string} id @param {boolean} watch @returns {Promise<Admission>} */
  ticket = (id, watch) => this.#ask('POST', `/games/${id}/ticket`, watch ? { watch: true } : {})
  /** The server frees a place by itself after a while, whatever becomes of this. @param {string} id */
  leave = (id) =>
    this.#ask('POST', `/games/${id}/leave`, {}).catch(({ message }) => console.warn(`The place is kept: ${message}`))

  /** A game of the lobby by the name of its room; undefined where the room is none. @param {string} room @returns {Promise<LobbyGame | undefined>} */
  async find(room) {
    if (!/^[A-Za-z0-9_-]{12}$/.test(room)) return undefined
    return this.#ask('GET', `/games/${room}`).catch(() => undefined)
  }

  /** Keeps the list of games up to date until `stop`. @param {() => void} changed */
  follow(changed) {
    this.stop()
    const stream = new EventSource(`${API}/games/events`)
    this.#stream = stream
    stream.addEventListener('games', ({ data }) => {
      this.games = new Map(JSON.parse(data).games.map((/** @type {LobbyGame} */ game) => [game.id, game]))
      changed()
    })
    stream.addEventListener('game', ({ data }) => {
      const game = /** @type {LobbyGame} */ (JSON.parse(data))
      if (game.state === 'ended') this.games.delete(game.id)
      else this.games.set(game.id, game)
      changed()
    })
  }

  stop() {
    this.#stream?.close()
    this.#stream = undefined
  }

  /** Games of XO, those first in which one can take a seat. */
  list() {
    const own = [...this.games.values()].filter(({ kind }) => kind === KIND)
    return own.sort((a, b) => Number(b.open) - Number(a.open) || a.created - b.created)
  }

  /** @param {'GET' | 'POST'} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #ask(method, path, body) {
    const headers = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) }
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    const answer = await fetch(API + path, request).catch(() => {
      throw new LobbyRefusal(0, 'The server can’t be reached.')
    })
    if (answer.status === 204) return undefined
    const told = await answer.json().catch(() => undefined)
    if (answer.ok) return told
    if (answer.status === 401 && path !== '/login') {
      this.me = undefined
      flagged('no')
    }
    throw new LobbyRefusal(answer.status, told?.error?.message ?? 'The server could not do that.')
  }
}

/** Whether this browser has signed in. @param {string} [value] */
function flagged(value) {
  try {
    if (value !== undefined) localStorage.setItem('playpipe.session', value)
    return localStorage.getItem('playpipe.session')
  } catch {
    return null
  }
}
