import type { Static, TSchema } from 'typebox'
import type { NoSession, Session } from '../../lobby/accounts.ts'
import type { Declined } from '../../lobby/games.ts'
import type { Identified } from '../../lobby/identity.ts'
import type { Lobby, Ticket } from '../../lobby/lobby.ts'
import { type RefusalCode, type Reply, refuse } from './refusals.ts'
import * as schemas from './schemas.ts'

/** A request that has been understood. */
export interface Call<Body, Query> {
  readonly lobby: Lobby
  readonly body: Body
  readonly query: Query
  /** From the path. */
  readonly id: string
  readonly ip: string
  /** Whoever is logged in; there is somebody wherever the operation is for players. */
  readonly who: Identified
}

/** One address and method: routing, validation and the OpenAPI document all come from this row. */
export interface Operation<B extends TSchema = TSchema, Q extends TSchema = TSchema> {
  readonly method: 'GET' | 'POST'
  /** Below /api/v1; `{id}` is a game's. */
  readonly path: string
  readonly name: string
  readonly tag: 'Accounts' | 'Games'
  readonly summary: string
  /** Who may ask: whoever comes, those who may come in (`--auth`), or who has logged in. */
  readonly who: 'anyone' | 'visitors' | 'players'
  readonly body?: B
  readonly query?: Q
  /** What it is answered with; undefined is an empty body. */
  readonly answer: readonly [status: number, schema: TSchema | undefined]
  /** Beside those that follow from the rest of the row. */
  readonly refusals: readonly RefusalCode[]
  run(call: Call<Static<B>, Static<Q>>): Reply | Promise<Reply>
}

/** Lets TypeScript see what the body and the query of a row are. */
function operation<B extends TSchema = TSchema, Q extends TSchema = TSchema>(row: Omit<Operation<B, Q>, 'tag'>) {
  return row as unknown as Omit<Operation, 'tag'>
}

const ATTEMPT = ['too many', 'busy'] as const
const PARAMETERS = ['no parameters', 'parameters too long'] as const
const MAKE = ['no such kind', ...PARAMETERS, 'too many games', 'too many', 'full', 'ended'] as const

const accounts = [
  operation({
    ...{ method: 'POST', path: '/signup', name: 'signUp', who: 'anyone', summary: 'Make an account, and log in' },
    ...{ body: schemas.Credentials, answer: [201, schemas.Session], refusals: ['taken', ...ATTEMPT] },
    run: async ({ lobby, body, ip }) => opened(201, await lobby.accounts.signUp(body.name, body.password, ip)),
  }),
  operation({
    ...{ method: 'POST', path: '/login', name: 'logIn', who: 'anyone', summary: 'Log in' },
    ...{ body: schemas.Credentials, answer: [200, schemas.Session], refusals: ['wrong credentials', ...ATTEMPT] },
    run: async ({ lobby, body, ip }) => opened(200, await lobby.accounts.logIn(body.name, body.password, ip)),
  }),
  operation({
    ...{ method: 'POST', path: '/guests', name: 'playAsGuest', who: 'anyone', summary: 'Play without an account' },
    ...{ body: schemas.GuestName, answer: [201, schemas.Session], refusals: ['no guests', 'taken', ...ATTEMPT] },
    run: async ({ lobby, body, ip }) =>
      lobby.guests ? opened(201, await lobby.accounts.welcome(body.name, ip)) : refuse('no guests'),
  }),
  operation({
    ...{ method: 'POST', path: '/logout', name: 'logOut', who: 'players', summary: 'Log out, and leave every room' },
    ...{ body: schemas.Empty, answer: [204, undefined], refusals: [] },
    run: async ({ lobby, who }) => {
      await lobby.identity.logOut(who)
      return { status: 204, session: null }
    },
  }),
  operation({
    ...{ method: 'GET', path: '/me', name: 'me', who: 'players', summary: 'Who is logged in' },
    ...{ answer: [200, schemas.Me], refusals: [] },
    run: ({ who: { player, expires } }) => ({
      status: 200,
      body: { player, expires: Number.isFinite(expires) ? expires : null },
    }),
  }),
]

const games = [
  operation({
    ...{ method: 'GET', path: '/games', name: 'listGames', who: 'visitors', summary: 'Games that wait or run' },
    ...{ query: schemas.ListFilter, answer: [200, schemas.GameList], refusals: [] },
    run: ({ lobby, query: { kind, state } }) => {
      const wanted = (of: { kind: string; state: string }) =>
        of.kind === (kind ?? of.kind) && of.state === (state ?? of.state)
      return { status: 200, body: { games: lobby.games.list().filter(wanted) } }
    },
  }),
  operation({
    ...{
      method: 'POST',
      path: '/games',
      name: 'createGame',
      who: 'players',
      summary: 'Make a game, with a place in it',
    },
    ...{ body: schemas.Wish, answer: [201, schemas.Admission], refusals: MAKE },
    run: async ({ lobby, who, body }) => admitted(201, await lobby.createGame(who, body)),
  }),
  operation({
    ...{ method: 'POST', path: '/quickmatch', name: 'quickMatch', who: 'players' },
    summary: 'A place in the game of a kind that has waited longest, or in a new one',
    ...{ body: schemas.Wish, answer: [200, schemas.Match], refusals: MAKE },
    run: async ({ lobby, who, body }) => {
      const match = await lobby.quickMatch(who, body)
      return admitted(200, match, 'refused' in match ? {} : { created: match.created })
    },
  }),
  operation({
    ...{ method: 'GET', path: '/games/{id}', name: 'getGame', who: 'visitors' },
    summary: 'A game that waits, runs, or ended in the last week',
    ...{ answer: [200, schemas.Game], refusals: ['no such game'] },
    run: async ({ lobby, id }) => {
      const game = await lobby.games.find(id)
      return game ? { status: 200, body: game } : refuse('no such game')
    },
  }),
  operation({
    ...{ method: 'POST', path: '/games/{id}/ticket', name: 'getTicket', who: 'players' },
    summary: 'A ticket to play or to watch a game',
    ...{ body: schemas.TicketWish, answer: [200, schemas.Admission] },
    refusals: ['no such game', 'full', 'ended', 'too many games'],
    run: async ({ lobby, who, id, body }) => {
      const ticket = await lobby.ticket(who, id, body.watch === true)
      return ticket ? admitted(200, ticket) : refuse('no such game')
    },
  }),
  operation({
    ...{ method: 'POST', path: '/games/{id}/leave', name: 'leaveGame', who: 'players' },
    summary: 'Give up the place in a game, if there is one',
    ...{ body: schemas.Empty, answer: [204, undefined], refusals: ['no such game'] },
    run: async ({ lobby, who, id }) => {
      if (!(await lobby.games.find(id))) return refuse('no such game')
      await lobby.games.leave(id, who.player.sub)
      return { status: 204 }
    },
  }),
]

export const OPERATIONS: readonly Operation[] = [
  ...accounts.map((row) => ({ ...row, tag: 'Accounts' as const })),
  ...games.map((row) => ({ ...row, tag: 'Games' as const })),
]

function opened(status: number, outcome: Session | NoSession): Reply {
  if (!('refused' in outcome)) {
    const { player, token, expires } = outcome
    return { status, body: { player, token, expires }, session: { token, expires } }
  }
  if ('after' in outcome) return refuse(outcome.refused, { after: outcome.after })
  return refuse(outcome.refused === 'taken' ? 'taken' : 'wrong credentials')
}

function admitted(status: number, outcome: Ticket | Declined, more: object = {}): Reply {
  if ('refused' in outcome)
    return outcome.refused === 'too fast' ? refuse('too many', { after: outcome.after }) : refuse(outcome.refused)
  const { game, ticket } = outcome
  return { status, body: { game, ticket: ticket.token, expires: ticket.expires, ...more } }
}
