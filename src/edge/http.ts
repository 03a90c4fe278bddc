import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpHandler } from './static.ts'

/** What the API tells of a room; ScaleSocket's shape. */
export interface RoomReport {
  readonly name: string
  readonly connections: number
  readonly metadata: Record<string, unknown> | null
}

export interface HttpContext {
  /** Renders the metrics; absent without `--metrics`. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> } | undefined
  /** Absent without `--api`. */
  readonly api: { room(name: string): RoomReport; rooms(): RoomReport[] } | undefined
  /** Everything under /api/v1/; absent without `--lobby`. */
  readonly lobby?: HttpHandler | undefined
  /** The headers that stand above every answer to it. */
  headers(request: IncomingMessage): Readonly<Record<string, string>>
  /** The browser client, as a module. */
  readonly client: string | undefined
  /** Serves the files that there are. */
  files(otherwise: HttpHandler): HttpHandler
}

/** Everything that is no WebSocket: health, metrics, API, files, and 404 for the rest. */
export function createHttp(context: HttpContext): HttpHandler {
  const files = context.files(notFound)
  return (request, response) => {
    for (const [name, value] of Object.entries(context.headers(request))) response.setHeader(name, value)
    try {
      answer(context, files, request, response)
    } catch (error) {
      // Metadata can be nested too deep to be written, say.
      text(response, 500, `this can't be answered: ${(error as Error).message}`)
    }
  }
}

function answer(context: HttpContext, files: HttpHandler, request: IncomingMessage, response: ServerResponse): void {
  const [, first, second, third, ...rest] = (request.url ?? '/').split('?')[0]!.split('/')
  // A handshake that the transport did not take as one: its key is wrong.
  if (request.headers.upgrade?.toLowerCase() === 'websocket') return text(response, 400, 'Bad request')
  if (first === 'api' && second === 'v1' && context.lobby) return context.lobby(request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') return notFound(request, response)
  if (first === 'health' && !second) return json(response, { status: 'ok' })
  if (first === 'playpipe.js' && second === undefined && context.client) return script(response, context.client)
  if (first === 'metrics' && !second && context.metrics) return metrics(response, context.metrics)
  if (first === 'api' && context.api && second && rest.join('') === '')
    return api(request, response, context.api, second, third)
  files(request, response)
}

function script(response: ServerResponse, source: string): void {
  response.setHeader('Cache-Control', 'no-cache')
  send(response, 200, 'text/javascript; charset=utf-8', source)
}

function metrics(response: ServerResponse, source: NonNullable<HttpContext['metrics']>): void {
  source.text().then(
    (body) => send(response, 200, source.contentType, body),
    (error) => text(response, 500, `the metrics can't be read: ${error.message}`),
  )
}

function api(
  request: IncomingMessage,
  response: ServerResponse,
  { room, rooms }: NonNullable<HttpContext['api']>,
  encoded: string,
  part: string | undefined,
): void {
  if (encoded === 'rooms' && !part) return json(response, rooms())
  const name = decode(encoded)
  if (name === undefined) return notFound(request, response)
  const report = room(name)
  if (part === 'connections') json(response, report.connections)
  else if (part === 'metadata') json(response, report.metadata)
  else json(response, report)
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined // not percent-encoded UTF-8: no room can have this name
  }
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  text(response, 404, 'Not found')
}

function json(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', JSON.stringify(value))
}

function text(response: ServerResponse, status: number, body: string): void {
  send(response, status, 'text/plain; charset=utf-8', body)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.statusCode = status
  response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}
