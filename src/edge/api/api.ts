import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Identified } from '../../lobby/identity.ts'
import type { Lobby } from '../../lobby/lobby.ts'
import type { Log } from '../../log.ts'
import type { HttpHandler } from '../static.ts'
import { readJson } from './body.ts'
import { cookieOf, sessionCookie, tokenOf } from './credentials.ts'
import { serveDocs } from './docs.ts'
import { EventStreams } from './event-streams.ts'
import { describeApi } from './openapi.ts'
import { type Call, OPERATIONS, type Operation } from './operations.ts'
import { type Reply, refuse } from './refusals.ts'

export const API = '/api/v1'

export interface ApiContext {
  readonly lobby: Lobby
  readonly log: Log
  readonly version: string
  /** Nobody comes in without a token, so the list of games is nobody else's either. */
  readonly closed: boolean
  /** Who asks, and whether over TLS. */
  asker(request: IncomingMessage): { readonly ip: string; readonly secure: boolean }
}

/** A row, ready to be asked. */
interface Route {
  readonly row: Operation
  readonly path: RegExp
  readonly body: Check | undefined
  readonly query: Check | undefined
}

/** @returns what is wrong with a value, as a sentence; undefined where nothing is */
type Check = (value: unknown) => string | undefined

/** Copied from the request before the first wait: on uWebSockets.js it is gone then. */
interface Asked {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly token: string | undefined
  readonly ip: string
  readonly secure: boolean
  /** Our cookie says who asks. */
  readonly cookie: boolean
}

/** The lobby over HTTP: everything under /api/v1/. */
export class Api {
  private readonly routes: readonly Route[] = OPERATIONS.map((row) => ({
    row,
    path: new RegExp(`^${row.path.replace('{id}', '(?<id>[A-Za-z0-9_-]{12})')}$`),
    body: row.body && check(row.body),
    query: row.query && check(row.query),
  }))
  private readonly streams: EventStreams
  private readonly document: string
  private readonly docs: HttpHandler

  constructor(private readonly context: ApiContext) {
    this.streams = new EventStreams(context.lobby.games)
    this.document = JSON.stringify(describeApi(context.version, context.closed))
    this.docs = serveDocs(`${API}/docs`)
  }

  readonly handle: HttpHandler = (request, response) => {
    const asked = this.read(request)
    response.setHeader('Cache-Control', 'no-store')
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (/^\/docs(\/|$)/.test(asked.path) && isRead(asked)) return this.docs(request, response)
    const reply =
      asked.path === '/games/events' && isRead(asked)
        ? this.follow(asked, response)
        : this.answer(asked, request, response)
    reply.then(
      (made) => made && send(response, asked, made),
      (error: Error) => {
        this.context.log.error(`${asked.method} ${API}${asked.path}: ${error.message}`)
        send(response, asked, refuse('failed'))
      },
    )
  }

  close(): void {
    this.streams.close()
  }

  private read(request: IncomingMessage): Asked {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    return {
      method: request.method ?? 'GET',
      path: pathname.slice(API.length),
      // Of what is given twice, the first.
      query: Object.fromEntries([...searchParams].reverse()),
      token: tokenOf(request.headers),
      ...this.context.asker(request),
      cookie: request.headers.authorization === undefined && cookieOf(request.headers.cookie) !== undefined,
    }
  }

  private async answer(asked: Asked, request: IncomingMessage, response: ServerResponse): Promise<Reply> {
    if (asked.path === '/openapi.json')
      return isRead(asked) ? { status: 200, body: this.document } : notAllowed(['GET'])
    const here = this.routes.filter(({ path }) => path.test(asked.path))
    const route = here.find(({ row }) => row.method === asked.method || (row.method === 'GET' && isRead(asked)))
    if (!route && here.length === 0) return asked.path === '/games/events' ? notAllowed(['GET']) : refuse('not found')
    if (!route) return notAllowed(here.map(({ row }) => row.method))
    const { row } = route
    const body = route.body ? await readJson(request, response) : { value: undefined }
    if ('refused' in body) return refuse(body.refused)
    const wrong = route.body?.(body.value) ?? route.query?.(asked.query)
    if (wrong !== undefined) return refuse('invalid', { message: wrong })
    const asking = await this.whoAsks(row, asked)
    if (!asking) return unauthorized(asked)
    const id = route.path.exec(asked.path)!.groups?.id ?? ''
    const { lobby } = this.context
    // Checked above, which its type can't tell: the body, the query, and that there is somebody where there must be.
    const call = { lobby, id, who: asking.who, ip: asked.ip, body: body.value, query: asked.query }
    return row.run(call as Call<unknown, unknown>)
  }

  /** @returns undefined where nobody may ask who has not logged in, and nobody has */
  private async whoAsks({ who }: Pick<Operation, 'who'>, { token }: Asked): Promise<{ who?: Identified } | undefined> {
    if (who === 'anyone' || (who === 'visitors' && !this.context.closed)) return {}
    const found = token === undefined ? undefined : await this.context.lobby.identity.identify(token)
    return found && !('refused' in found) ? { who: found } : undefined
  }

  private async follow(asked: Asked, response: ServerResponse): Promise<Reply | undefined> {
    const asking = await this.whoAsks({ who: 'visitors' }, asked)
    if (!asking) return unauthorized(asked)
    // Who has hung up meanwhile does not do it again: the stream would be kept for ever.
    if (response.destroyed) return undefined
    const refused = this.streams.refuses(asked.ip)
    if (refused) return refuse(refused, { after: 5 })
    if (asked.method === 'HEAD') return { status: 200, headers: { 'Content-Type': 'text/event-stream' } }
    this.streams.open(response, asked.ip)
    if (asking.who)
      response.once(
        'close',
        this.context.lobby.identity.watch(asking.who, () => response.end()),
      )
    return undefined
  }
}

function isRead({ method }: Asked): boolean {
  return method === 'GET' || method === 'HEAD'
}

function notAllowed(methods: readonly string[]): Reply {
  const all = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return { ...refuse('method'), headers: { Allow: all.join(', ') } }
}

/** A cookie that is good no longer goes. */
function unauthorized({ cookie }: Asked): Reply {
  const reply = { ...refuse('unauthorized'), headers: { 'WWW-Authenticate': 'Bearer' } }
  return cookie ? { ...reply, session: null } : reply
}

function check(schema: TSchema): Check {
  const validator = Compile(schema)
  return (value) => {
    if (validator.Check(value)) return undefined
    const [error] = validator.Errors(value)
    // A pattern tells people nothing.
    const why = error?.keyword === 'pattern' ? "has characters that can't stand there" : error?.message
    return `${error?.instancePath.slice(1).replaceAll('/', '.') || 'The value'} ${why ?? 'is not right'}.`
  }
}

function send(response: ServerResponse, { secure }: Asked, { status, body, headers, session }: Reply): void {
  if (response.destroyed) return
  response.statusCode = status
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (session === null) response.setHeader('Set-Cookie', sessionCookie('', 0, secure))
  else if (session) {
    const seconds = Math.max(0, Math.floor((session.expires - Date.now()) / 1000))
    response.setHeader('Set-Cookie', sessionCookie(session.token, seconds, secure))
  }
  // What has not been read of the request is not waited for.
  if (status === 408 || status === 413 || status === 415) response.setHeader('Connection', 'close')
  if (body === undefined) return void response.end()
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.setHeader('Content-Type', 'application/json')
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}
