/** The server's lobby: accounts, the games that wait and run, tickets. All that the page asks of `/api/v1/` is here. */

const API = '/api/v1'
const KIND = 'xo'
/** Who was told once that there is no lobby does not ask again in this tab: a 404 is an error in the browser's console. */
const ABSENT = 'playpipe.lobby'
/** From one attempt to the next, in milliseconds: it doubles. */
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 8000

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

  /** The server is away or has no time: this says nothing of what was asked. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

/**
 * Asks until there is an answer.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {(why: string) => void} failed
 * @param {() => boolean} [still] whether it is still wanted
 * @returns {Promise<T | undefined>} undefined where it is not wanted any more
 */
export async function insist(ask, failed, still = () => true) {
  for (let pause = FIRST_PAUSE; still(); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof LobbyRefusal) || !error.passes) throw error
      if (still()) failed(`${error.message} Trying again…`)
    }
    await new Promise((wake) => setTimeout(wake, pause))
  }
  return undefined
}

/** @param {(why: string) => void} failed @returns {Promise<Lobby | undefined>} undefined where the server has none */
export async function findLobby(failed) {
  if (flag() === 'no' || !(await insist(hasLobby, failed))) return undefined
  const lobby = new Lobby()
  await insist(() => lobby.recall(), failed)
  return lobby
}

async function hasLobby() {
  try {
    return (await request('GET', '/openapi.json'))?.openapi !== undefined
  } catch (error) {
    if (!(error instanceof LobbyRefusal) || error.passes) throw error
    if (error.status === 404) flag('no')
    return false
  }
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
    } catch (error) {
      // 401 has unset the flag; any other answer says nothing of the session.
      if (!(error instanceof LobbyRefusal) || error.passes) throw error
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

  /** A game of XO that waits, runs or has ended; undefined where there is none. @param {string} id @returns {Promise<LobbyGame | undefined>} */
  async find(id) {
    const game = await this.#ask('GET', `/games/${id}`).catch((error) => {
      if (error.status !== 404) throw error
    })
    return game?.kind === KIND ? game : undefined
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
    stream.addEventListener('error', () => {
      // A browser tries again by itself, unless the answer was an error.
      if (stream.readyState !== EventSource.CLOSED) return
      setTimeout(() => this.#stream === stream && this.follow(changed), LONGEST_PAUSE)
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
  #ask = (method, path, body) =>
    request(method, path, body).catch((error) => {
      if (error.status === 401 && path !== '/login') {
        this.me = undefined
        flagged('no')
      }
      throw error
    })
}

/** A room that is called like this may be a game of the lobby. @param {string} room */
export const isGameId = (room) => /^[A-Za-z0-9_-]{12}$/.test(room)

/** @param {'GET' | 'POST'} method @param {string} path @param {object} [body] @returns {Promise<any>} */
async function request(method, path, body) {
  const headers = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) }
  const asked = { method, headers, ...(body && { body: JSON.stringify(body) }) }
  const answer = await fetch(API + path, asked).catch(() => {
    throw new LobbyRefusal(0, 'The server can’t be reached.')
  })
  if (answer.status === 204) return undefined
  const told = await answer.json().catch(() => undefined)
  if (answer.ok) return told
  throw new LobbyRefusal(answer.status, told?.error?.message ?? 'The server could not do that.')
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
